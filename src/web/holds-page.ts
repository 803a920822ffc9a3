import { html } from 'hono/html';
import { headline } from '#action/headline';
import type { HoldView } from '#action/hold-view';
import type { Status } from '#action/operations';
import { sha256 } from '#base/bytes';
import { ago, type Html, holdBadges, left, sentence, shown } from './layout.js';
import { isDangerous, KIND_LABEL, STATE_LABEL } from './wording.js';

const ENDED_SHOWN = 20;

export interface HoldsPage {
  readonly open: readonly HoldView[];
  /** All of them, newest first; the open ones are left out here. */
  readonly all: readonly HoldView[];
  readonly status: Status;
  readonly now: number;
}

/** Changes when something changes that the list shows, but for passing time. */
export function listKey(open: readonly HoldView[]): string {
  return sha256(JSON.stringify(open.map(({ id, state, approvedBy }) => [id, state, approvedBy])))
    .toString('hex')
    .slice(0, 16);
}

/** The parts that `live.js` replaces, each with its `data-region`. */
export function holdsRegions({ open, all, status, now }: HoldsPage): Html {
  const ended = all.filter(({ state }) => state !== 'waiting' && state !== 'approved').slice(0, ENDED_SHOWN);
  const title =
    open.length === 0
      ? 'Nothing waits for you'
      : open.length === 1
        ? 'One action waits'
        : `${open.length} actions wait`;
  return html`<section data-region="waiting" data-say="${open.length === 0 ? 'Nothing waits any more' : `${title}; newest is ${open[0]?.id}`}" aria-labelledby="waiting">
<h1 id="waiting">${title}</h1>
${open.length === 0 ? empty : html`<ol class="holds">${open.map((hold) => waitingItem(hold, status, now))}</ol>`}
</section>
<section data-region="ended">${ended.length > 0 && html`<h2>Decided lately</h2><ul class="ended">${ended.map((hold) => endedItem(hold, now))}</ul>`}</section>`;
}

const empty = html`<div class="panel empty"><p>Agents are at work or at rest, and nothing they tried needs a person.</p>
<p class="hint">An action that could harm a protected environment appears here by itself and stays until you decide or its time is over.</p></div>`;

function waitingItem(hold: HoldView, status: Status, now: number): Html {
  const dangerous = hold.effects.some(isDangerous);
  return html`<li class="hold${dangerous && ' danger'}"><a id="open-${hold.id}" href="/holds/${hold.id}">
<span class="line"><b class="id">${hold.id}</b> <span class="tag">${KIND_LABEL[hold.kind]}</span> ${holdBadges(hold, status)}</span>
<span class="headline">${sentence(shown(headline(hold)))}</span>
<span class="line small"><span>${shown(hold.session.agent)}</span> <span>${ago(hold.createdAt, now)}</span> <span>${left(hold.expiresAt, now)}</span> ${progress(hold)}</span>
</a></li>`;
}

function progress({ state, approvedBy, approversNeeded }: HoldView): Html {
  if (state === 'approved') return html`<span>approved, about to run</span>`;
  return html`<span>${approvedBy.length} of ${approversNeeded} ${approversNeeded === 1 ? 'approval' : 'approvals'}</span>`;
}

function endedItem(hold: HoldView, now: number): Html {
  return html`<li><a href="/holds/${hold.id}"><b class="id">${hold.id}</b> <span class="tag state-${hold.state}">${STATE_LABEL[hold.state]}</span>
<span class="headline">${shown(headline(hold))}</span> <span class="small">${ago(hold.createdAt, now)}</span></a></li>`;
}
