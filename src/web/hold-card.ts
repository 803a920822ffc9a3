/** One hold, with everything that a person must see before they say yes. */
import { html } from 'hono/html';
import type { Effect } from '#action/effect';
import { byGravity, headline, isCounted } from '#action/headline';
import type { HoldView } from '#action/hold-view';
import type { Status } from '#action/operations';
import type { Obligation } from '#action/verdict';
import { decideForms } from './decide-forms.js';
import { ago, environmentBadges, type Html, holdBadges, left, prose, sentence, shown } from './layout.js';
import { measuredSection, undoNotice } from './measured-section.js';
import type { Problem } from './problem.js';
import {
  amountText,
  EVIDENCE_LABEL,
  isDangerous,
  isFinal,
  KIND_LABEL,
  moment,
  reversibleText,
  STATE_LABEL,
  TIER_LABEL,
  VERB_LABEL,
} from './wording.js';

export interface HoldCard {
  readonly hold: HoldView;
  readonly status: Status;
  readonly now: number;
  /** Who is signed in, and so preselected as the one who approves. */
  readonly approver: string;
  readonly problem?: Problem | undefined;
  /** What the person had typed before something went wrong. */
  readonly typedReason?: string | undefined;
}

/** Changes when something changes that the card shows, but for passing time. */
export function cardKey({ state, approvedBy, digest }: HoldView): string {
  return [state, approvedBy.length, digest.slice(-8)].join('.');
}

export function holdCard(card: HoldCard): Html {
  const { hold, status } = card;
  const final = isFinal(hold);
  return html`<article class="card${final && ' final'}" aria-labelledby="headline">
<p class="line"><b class="id">${hold.id}</b> <span class="tag">${KIND_LABEL[hold.kind]}</span> ${holdBadges(hold, status)}</p>
<h1 id="headline">${sentence(shown(headline(hold)))}</h1>
${stateRegion(card)}
<section aria-labelledby="effects"><h2 id="effects">What it would do</h2>
${undoNotice(hold)}${hold.measured && measuredSection(hold.measured)}${effectList(hold, status)}</section>
${exactBytes(hold)}
<div class="columns"><section aria-labelledby="why"><h2 id="why">Why it is held</h2>
<p>${prose(sentence(hold.verdict.reason))}</p>
<dl><dt>Policies</dt><dd>${hold.verdict.policies.length === 0 ? 'none named' : hold.verdict.policies.map((policy) => html`<code>${shown(policy)}</code> `)}</dd>
${hold.verdict.obligations.length > 0 && html`<dt>Conditions</dt><dd>${hold.verdict.obligations.map(obligationText).join('; ')}</dd>`}</dl></section>
<section aria-labelledby="who"><h2 id="who">Who asks</h2>
<dl><dt>Agent</dt><dd>${shown(hold.session.agent)}</dd>
<dt>Task it was given, unchecked</dt><dd>${hold.session.intent === '' ? 'unknown' : html`<q>${shown(hold.session.intent)}</q>`}</dd>
<dt>May touch</dt><dd>${hold.session.environments.length === 0 ? 'no environment' : shown(hold.session.environments.join(', '))}</dd>
<dt>Containment</dt><dd>${TIER_LABEL[hold.session.tier]}</dd>
<dt>Session</dt><dd><code>${shown(hold.session.id)}</code>${hold.session.mode === 'plan' && ' (planning only)'}</dd></dl></section></div>
${decideForms(card)}
</article>`;
}

/** The parts that `live.js` replaces. The forms are guarded: they stay when the person has begun to type. */
export function cardRegions(card: HoldCard): Html {
  return html`${stateRegion(card)}${decideForms(card)}`;
}

function stateRegion({ hold, now }: HoldCard): Html {
  return html`<dl class="facts" data-region="state" data-say="${hold.id} is ${STATE_LABEL[hold.state]}, ${hold.approvedBy.length} of ${hold.approversNeeded} approved">
<div><dt>State</dt><dd><span class="tag state-${hold.state}">${STATE_LABEL[hold.state]}</span></dd></div>
<div><dt>Approved by</dt><dd>${hold.approvedBy.length > 0 && html`${shown(hold.approvedBy.join(', '))} · `}${hold.approvedBy.length} of ${hold.approversNeeded}</dd></div>
<div><dt>Asked</dt><dd>${ago(hold.createdAt, now)}</dd></div>
${hold.state === 'waiting' || hold.state === 'approved' ? html`<div><dt>Expires</dt><dd>${left(hold.expiresAt, now)}</dd></div>` : html`<div><dt>Would have expired</dt><dd>${moment(hold.expiresAt)}</dd></div>`}
<div><dt>Digest</dt><dd><code class="digest" title="${hold.digest}">${hold.digestWords}</code></dd></div>
</dl>`;
}

/** What is not in the table of counted rows already. */
function effectList({ effects, measured }: HoldView, status: Status): Html {
  if (effects.length === 0) return html`<p>Firebreak found no effect of it.</p>`;
  const listed = byGravity(measured === undefined ? effects : effects.filter((effect) => !isCounted(effect)));
  if (listed.length === 0) return html``;
  return html`<ul class="effects">${listed.map((effect) => effectItem(effect, status))}</ul>`;
}

function effectItem(effect: Effect, status: Status): Html {
  const amount = amountText(effect);
  return html`<li class="effect${isDangerous(effect) && ' danger'}">
<p class="line"><b>${VERB_LABEL[effect.verb]}</b> <span>${shown(effect.resource.kind)} <b>${shown(effect.resource.name)}</b></span> ${environmentBadges(effect.environments, status)}</p>
<p class="says">${sentence(shown(effect.explain))}</p>
<p class="line small">${amount !== undefined && html`<span>${amount}</span> `}<span class="${(effect.reversible === 'no' || effect.reversible === 'unknown') && 'lasting'}">${reversibleText(effect)}</span> <span class="${effect.evidence === 'unknown' && 'lasting'}">${EVIDENCE_LABEL[effect.evidence]}</span></p></li>`;
}

/**
 * The bytes, whole. The line feed after `<pre>` belongs to HTML (the parser drops it, and so never one of the agent's);
 * the style shows every character in the order in which it would run, spaces included, and wraps instead of hiding.
 */
function exactBytes({ exact, statements }: HoldView): Html {
  const text = shown(exact);
  const lines = text.split('\n').length;
  const foreign = text.match(/[^\t\n\x20-\x7e]/gu)?.length ?? 0;
  const many = statements.length > 1;
  return html`<section aria-labelledby="exact"><h2 id="exact">Exactly this would run</h2>
<p class="hint">${many && html`${statements.length} statements in this order, all or none; `}${lines} ${lines === 1 ? 'line' : 'lines'}, ${text.length.toLocaleString('en-GB')} characters, nothing left out${lines > 20 && '; scroll to read all of it'}.${foreign > 0 && html` <b class="lasting">${foreign} of them ${foreign === 1 ? 'is' : 'are'} outside ASCII and may look like something else.</b>`}</p>
${many ? numbered(statements, exact) : pre(text)}</section>`;
}

function pre(text: string): Html {
  return html`<pre class="exact" tabindex="0" role="region" aria-labelledby="exact" translate="no">
${text}</pre>`;
}

/** A transaction: what its COMMIT makes last, statement by statement. What holds for all of them stands above. */
function numbered(statements: readonly string[], exact: string): Html {
  const [first = ''] = statements;
  const above = exact.slice(0, Math.max(0, exact.indexOf(first))).trimEnd();
  return html`${above !== '' && pre(shown(above))}<ol class="exact statements" tabindex="0" role="region" aria-labelledby="exact" translate="no">${statements.map(
    (statement) => html`<li><pre>
${shown(statement)}</pre></li>`,
  )}</ol>`;
}

function obligationText(obligation: Obligation): string {
  switch (obligation) {
    case 'snapshot':
      return 'a copy is kept first';
    case 'measure':
      return 'what it touches is counted first';
    case 'factor: totp':
      return 'each yes takes a code from an authenticator app';
    default:
      return shown(obligation);
  }
}
