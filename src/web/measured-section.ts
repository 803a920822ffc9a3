/** What an action really did when it was tried out: amounts first, then a few of the rows. */
import { html } from 'hono/html';
import type { HoldView } from '#action/hold-view';
import {
  HOW_COUNTED,
  type MeasuredView,
  numeral,
  type RowCounts,
  type SampleView,
  sampleInWords,
  totalInWords,
} from '#action/measured-view';
import { type Html, sentence, shown } from './layout.js';

/** Whether it can be undone, where nobody overlooks it. */
export function undoNotice({ undo }: HoldView): Html {
  if (undo === undefined) return html``;
  return html`<p class="undo undo-${undo.answer}">${shown(sentence(undo.words))}</p>`;
}

export function measuredSection(measured: MeasuredView): Html {
  const { tables, total, samples, notes } = measured;
  return html`<p class="total"><b>${sentence(totalInWords(measured))}</b> <span class="small">${sentence(HOW_COUNTED)}</span></p>
${
  tables.length > 0 &&
  html`<div class="scroll" tabindex="0" role="region" aria-label="Rows by table"><table class="counts">
<thead><tr><th scope="col">Table</th><th scope="col">Deleted</th><th scope="col">Updated</th><th scope="col">Inserted</th></tr></thead>
<tbody>${tables.map((table) => html`<tr><th scope="row">${shown(table.name)}</th>${cells(table)}</tr>`)}</tbody>
${tables.length > 1 && html`<tfoot><tr><th scope="row">All ${tables.length} tables</th>${cells(total)}</tr></tfoot>`}
</table></div>`
}
${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${shown(sentence(note))}</li>`)}</ul>`}
${samples.map(sampleTable)}`;
}

function cells({ deleted, updated, inserted }: RowCounts): Html {
  const cell = (count: number, loses: boolean) =>
    html`<td class="${count === 0 ? 'none' : loses && 'lasting'}">${count === 0 ? '0' : numeral(count)}</td>`;
  return html`${cell(deleted, true)}${cell(updated, false)}${cell(inserted, false)}`;
}

function sampleTable(sample: SampleView): Html {
  return html`<figure class="sample"><figcaption>${shown(sentence(sampleInWords(sample)))}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${shown(`Some rows of ${sample.table}`)}"><table translate="no">
<thead><tr>${sample.columns.map((column) => html`<th scope="col">${shown(column)}</th>`)}</tr></thead>
<tbody>${sample.rows.map((row) => html`<tr>${row.map((value) => (value === null ? html`<td class="none">NULL</td>` : html`<td>${shown(value)}</td>`))}</tr>`)}</tbody>
</table></div></figure>`;
}
