/** Yes and no. A yes takes a fresh code and carries the digest of exactly what was shown; a no takes a reason. */
import { html } from 'hono/html';
import type { HoldView } from '#action/hold-view';
import type { HoldCard } from './hold-card.js';
import { type Html, problemNotice, shown } from './layout.js';
import { codeAttributes } from './sign-in-page.js';
import { isFinal, STATE_LABEL } from './wording.js';

export function decideForms(card: HoldCard): Html {
  return html`<section class="decide" data-region="decide" data-guarded aria-labelledby="decide"><h2 id="decide">${card.hold.state === 'waiting' || card.hold.state === 'approved' ? 'Your decision' : 'How it ended'}</h2>
${problemNotice(card.problem)}
${forms(card)}</section>`;
}

function forms(card: HoldCard): Html {
  const { hold } = card;
  switch (hold.state) {
    case 'waiting':
      return html`<div class="columns">${approveForm(card)}${rejectForm(card)}</div>`;
    case 'approved':
      return html`<p>Enough people have approved. It runs now; until it does, it can be stopped.</p>${rejectForm(card)}`;
    default:
      return ending(hold);
  }
}

function ending(hold: HoldView): Html {
  const by = hold.endedBy === undefined ? '' : ` by ${shown(hold.endedBy)}`;
  return html`<p>${hold.id} was <b>${STATE_LABEL[hold.state]}</b>${by}.${hold.endReason && html` Reason: ${shown(hold.endReason)}`}</p>
<p class="hint">${hold.state === 'released' ? 'The approval is spent: the same action would have to be asked for again.' : 'Nothing of it was done.'}</p>`;
}

function approveForm({ hold, status, approver }: HoldCard): Html {
  const final = isFinal(hold);
  const missing = hold.approversNeeded - hold.approvedBy.length;
  const people = status.approvers.filter((name) => !hold.approvedBy.includes(name));
  return html`<form class="panel${final && ' danger'}" method="post" action="/holds/${encodeURIComponent(hold.id)}/approve#decide" autocomplete="off">
<h3>Approve</h3>
<p>${final ? html`<b class="lasting">${hold.undo?.answer === 'partly' ? 'This can be undone in part only.' : 'This cannot be undone.'}</b> ` : ''}${missing > 1 ? `${missing} different people must still approve it.` : 'It runs as soon as you approve it.'} Your approval is for the exact text above, digest <code class="digest">${hold.digestWords}</code>, and for nothing else.${hold.measured && ' Should it change more than is shown, nothing of it lasts and you are asked again.'}</p>
<input type="hidden" name="digest" value="${hold.digest}">
<label for="approver">Approver</label>
<select id="approver" name="approver" required>${people.map((name) => html`<option value="${name}"${name === approver && html` selected`}>${shown(name)}</option>`)}</select>
<label for="code">Code from the authenticator app</label>
<input id="code" class="code" name="code" ${codeAttributes}>
<p class="hint">Each code works once. The one you signed in with is spent: wait for the next.</p>
<button class="${final ? 'destroy' : 'primary'}">Approve ${hold.id}${final && (hold.undo?.answer === 'partly' ? ': part of it cannot be undone' : ': it cannot be undone')}</button>
</form>`;
}

function rejectForm({ hold, typedReason = '' }: HoldCard): Html {
  return html`<form class="panel" method="post" action="/holds/${encodeURIComponent(hold.id)}/reject#decide" autocomplete="off">
<h3>Reject</h3>
<p>Nothing of it is done. The agent is told your reason.</p>
<label for="reason">Reason</label>
<textarea id="reason" name="reason" rows="3" required maxlength="500">${typedReason}</textarea>
<button>Reject ${hold.id}</button>
</form>`;
}
