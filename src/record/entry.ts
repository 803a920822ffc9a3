import type { RecordEvent } from '#action/record-event';
import { digestText } from '#base/bytes';
import { beginning, type CutLimits, toCutJson, WHOLE } from './cut.js';
import { type OcsfEvent, toOcsf } from './ocsf.js';
import { ENTRY_MAX_BYTES } from './tile.js';

/** Tried in order until the entry fits: most events are kept whole. */
const LIMITS: readonly CutLimits[] = [
  { text: 16_384, items: 1024 },
  { text: 4096, items: 128 },
  { text: 512, items: 32 },
  { text: 64, items: 8 },
];

/** The bytes of an event's entry: OCSF JSON in UTF-8, at most 65,535 bytes, which is what a bundle can hold. */
export function encodeEntry(event: RecordEvent): Buffer {
  for (const limits of LIMITS) {
    const bytes = Buffer.from(JSON.stringify(toOcsf(event, limits)));
    if (bytes.length <= ENTRY_MAX_BYTES) return bytes;
  }
  return Buffer.from(JSON.stringify(skeleton(event)));
}

/** What is left of an event that is too deep or too wide for any cut: its OCSF frame, and the digest of the rest. */
function skeleton(event: RecordEvent): OcsfEvent {
  const whole = JSON.stringify(toCutJson(event, WHOLE));
  const cut = {
    kind: event.kind,
    cut: beginning(whole, 4096),
    bytes: Buffer.byteLength(whole),
    digest: digestText(whole),
  };
  return { ...toOcsf(event, { text: 64, items: 0 }), unmapped: { firebreak: cut } };
}
