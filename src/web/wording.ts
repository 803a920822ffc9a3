/** How the page says things: times, environments, effects, tiers. */
import type { Effect, Evidence, Reversible, Verb } from '#action/effect';
import type { Tier } from '#action/environment';
import type { HoldView } from '#action/hold-view';

/** A length of time in one or two units, such as `4 min 10 s`; `live-script.ts` says it in the same words. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** `2026-11-20 14:03:22 UTC`. */
export function moment(epochMilliseconds: number): string {
  return `${new Date(epochMilliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export const VERB_LABEL: Readonly<Record<Verb, string>> = {
  read: 'Reads',
  write: 'Changes data',
  destroy: 'Destroys',
  configure: 'Changes settings',
  grant: 'Gives access',
  execute: 'Runs code',
  deploy: 'Deploys',
  spend: 'Spends money',
  reveal: 'Reveals a secret',
};

const REVERSIBLE_LABEL: Readonly<Record<Reversible, string>> = {
  yes: 'can be undone',
  snapshot: 'can be undone from a copy that Firebreak makes first',
  no: 'cannot be undone',
  unknown: 'nobody knows whether it can be undone: take it that it cannot',
};

export const EVIDENCE_LABEL: Readonly<Record<Evidence, string>> = {
  parsed: 'read from the exact text',
  resolved: 'looked up at the provider',
  measured: 'measured by running it and rolling back',
  unknown: 'Firebreak does not know what this does',
};

/** True when approving it may lose something for good. */
export function isDangerous(effect: Effect): boolean {
  return (
    effect.verb === 'destroy' ||
    effect.evidence === 'unknown' ||
    (effect.verb !== 'read' && (effect.reversible === 'no' || effect.reversible === 'unknown'))
  );
}

/** Something of it is lost for good, or nobody knows. */
export function isFinal(hold: HoldView): boolean {
  if (hold.undo !== undefined && hold.undo.answer !== 'yes') return true;
  return hold.effects.some(
    (effect) => isDangerous(effect) && (effect.reversible === 'no' || effect.reversible === 'unknown'),
  );
}

export function amountText({ amount }: Effect): string | undefined {
  if (amount.count === 'unknown') return undefined;
  if (amount.count === 'all') return `all ${amount.unit}`;
  if (amount.unit === 'bytes') return byteText(amount.count);
  const count = amount.count.toLocaleString('en-GB');
  return amount.unit === 'dollars'
    ? `$${count}`
    : `${count} ${amount.count === 1 ? amount.unit.slice(0, -1) : amount.unit}`;
}

/** In decimal units, as disks are sold: `52.4 MB`. */
function byteText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1000 ** step).toLocaleString('en-GB', { maximumFractionDigits: step === 0 ? 0 : 1 })} ${units[step]}`;
}

/** Whether an effect can be undone, in words; a read leaves nothing to undo. */
export function reversibleText({ verb, reversible }: Effect): string {
  return verb === 'read' && reversible === 'yes' ? 'changes nothing' : REVERSIBLE_LABEL[reversible];
}

/** What a tier does not stop, as SECURITY.md says it. */
export const TIER_LABEL: Readonly<Record<Tier, string>> = {
  advisory: 'advisory: scripts and subagents of this agent can go round Firebreak',
  contained: 'contained: this agent has no way out but through Firebreak, short of root on its machine',
  remote: 'remote: Firebreak and its keys are out of reach of this agent’s machine',
};

export const KIND_LABEL: Readonly<Record<HoldView['kind'], string>> = {
  shell: 'Command',
  sql: 'SQL',
  http: 'HTTP request',
  tool: 'Tool call',
  completion: 'Model request',
  deploy: 'Deployment',
};

export const STATE_LABEL: Readonly<Record<HoldView['state'], string>> = {
  waiting: 'waiting',
  approved: 'approved',
  released: 'approved and run',
  rejected: 'rejected',
  expired: 'expired',
  withdrawn: 'withdrawn',
};
