import { html } from 'hono/html';
import type { FreezeView, Status } from '#action/operations';
import { environmentBadges, type Html, problemNotice, shown } from './layout.js';
import type { Problem } from './problem.js';
import { duration, moment } from './wording.js';

const HOUR = 3_600_000;

/** How long a freeze may be asked for here, as lengths: a date would need the person's time zone. */
export const FREEZE_LENGTHS: ReadonlyMap<
  string,
  { readonly label: string; readonly milliseconds: number | undefined }
> = new Map([
  ['1h', { label: '1 hour', milliseconds: HOUR }],
  ['4h', { label: '4 hours', milliseconds: 4 * HOUR }],
  ['24h', { label: '24 hours', milliseconds: 24 * HOUR }],
  ['3d', { label: '3 days', milliseconds: 72 * HOUR }],
  ['7d', { label: '7 days', milliseconds: 168 * HOUR }],
  ['open', { label: 'until it is lifted', milliseconds: undefined }],
]);

export interface FreezesPage {
  readonly freezes: readonly FreezeView[];
  readonly status: Status;
  readonly now: number;
  readonly problem?: Problem | undefined;
  /** What the person had typed before something went wrong. */
  readonly typed?: { readonly environment?: string; readonly reason?: string; readonly length?: string } | undefined;
}

export function freezesPage({ freezes, status, now, problem, typed }: FreezesPage): Html {
  return html`<h1>Freezes</h1>
<p>While an environment is frozen, agents can read there and nothing else, whatever was approved before.</p>
${problemNotice(problem)}
${
  freezes.length === 0
    ? html`<div class="panel empty"><p>Nothing is frozen.</p></div>`
    : html`<ul class="effects">${freezes.map((freeze) => freezeItem(freeze, status, now))}</ul>`
}
<form class="panel" method="post" action="/freezes" autocomplete="off"><h2>Freeze an environment</h2>
<div class="columns"><div><label for="environment">Environment</label>
<select id="environment" name="environment" required>${status.environments.map(({ name }) => html`<option value="${name}"${typed?.environment === name && html` selected`}>${shown(name)}</option>`)}</select></div>
<div><label for="length">For</label>
<select id="length" name="length" required>${[...FREEZE_LENGTHS].map(([value, { label }]) => html`<option value="${value}"${(typed?.length ?? '24h') === value && html` selected`}>${label}</option>`)}</select></div></div>
<label for="reason">Reason, which agents are told</label>
<input id="reason" name="reason" required maxlength="500" value="${typed?.reason ?? ''}">
<p class="hint">It begins at once and rejects what waits there now. To lift it later takes an approval.</p>
<button class="primary">Freeze</button></form>`;
}

function freezeItem(freeze: FreezeView, status: Status, now: number): Html {
  const until = freeze.until === undefined ? 'until it is lifted' : `until ${moment(freeze.until)}`;
  const when = freeze.inForce ? `since ${moment(freeze.from)}, ${until}` : `from ${moment(freeze.from)}, ${until}`;
  const remaining = freeze.inForce && freeze.until !== undefined ? `, ${duration(freeze.until - now)} left` : '';
  return html`<li class="effect">
<p class="line">${environmentBadges([freeze.environment], status)} <span class="tag ${freeze.inForce && 'warn'}">${freeze.inForce ? 'in force' : 'to come'}</span></p>
<p class="says">${shown(freeze.reason)}</p>
<p class="line small"><span>by ${shown(freeze.by)}</span> <span>${when}${remaining}</span></p>
${freeze.inForce && liftForm(freeze)}</li>`;
}

function liftForm({ environment }: FreezeView): Html {
  return html`<details><summary>Ask to lift it</summary><form method="post" action="/freezes/lift" autocomplete="off">
<input type="hidden" name="environment" value="${environment}">
<label>Reason<input name="reason" required maxlength="500"></label>
<p class="hint">This makes a hold; ${shown(environment)} stays frozen until people approve it.</p>
<button>Ask to lift the freeze</button></form></details>`;
}
