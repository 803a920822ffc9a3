/** The verbs that many command lines share, whose commands are nouns with a verb behind: `gcloud compute instances delete`. */
import type { Verb } from '#action/effect';
import type { CommandWord } from './cli-command.js';

export interface VerbMeaning {
  readonly does: Verb | 'harmless';
  readonly reversible?: 'yes' | 'no' | undefined;
  /** Before the words of the command: `deletes`. */
  readonly explain: string;
}

export type CliVerbs = ReadonlyMap<string, VerbMeaning>;

const DELETES: VerbMeaning = { does: 'destroy', explain: 'deletes' };
const STOPS: VerbMeaning = { does: 'destroy', reversible: 'yes', explain: 'stops' };
const RESTARTS: VerbMeaning = { does: 'destroy', reversible: 'yes', explain: 'restarts' };
const CHANGES: VerbMeaning = { does: 'configure', explain: 'changes' };
const ADDS: VerbMeaning = { does: 'write', explain: 'adds' };
const SHOWS: VerbMeaning = { does: 'harmless', explain: 'shows' };

function all(words: string, meaning: VerbMeaning): readonly (readonly [string, VerbMeaning])[] {
  return words.split(' ').map((word) => [word, meaning] as const);
}

export const COMMON_VERBS: CliVerbs = new Map([
  ...all('delete destroy purge terminate erase wipe deprovision remove rm del unset drop delete-all', DELETES),
  ...all('stop shutdown suspend deallocate poweroff power-off power_off halt pause kill', STOPS),
  ...all('reboot restart reset powercycle power-cycle', RESTARTS),
  ...all(
    'update set modify patch edit disable detach disassociate unassign revoke restore rebuild resize rollback failover promote replace migrate swap rotate unbind',
    CHANGES,
  ),
  ...all(
    'create add new start enable attach assign associate copy cp clone upload import tag label resume apply put register rename bind mb ssh connect',
    ADDS,
  ),
  ...all(
    'list ls list-all get show describe view info inspect status logs log tail search query find export download print help version whoami cat du stat browse completion wait docs',
    SHOWS,
  ),
]);

/** Verbs that also stand before a dash: `delete-access-config`, `add-tags`. */
const BEFORE_DASH =
  /^(delete|remove|purge|destroy|add|set|get|list|create|update|describe|stop|start|reset|detach|attach|enable|disable|restore|show)[-_]/u;

export interface VerbFound {
  readonly meaning: VerbMeaning;
  /** How many words up to and including the verb. */
  readonly length: number;
}

/** The first word that is a verb decides; `unknown` when a word before any verb is not known. */
export function firstVerb(words: readonly CommandWord[], verbs: CliVerbs): VerbFound | 'unknown' | undefined {
  for (const [index, word] of words.entries()) {
    if (word === undefined) return 'unknown';
    const meaning = verbs.get(word) ?? verbs.get(BEFORE_DASH.exec(word)?.[1] ?? '');
    if (meaning !== undefined) return { meaning, length: index + 1 };
  }
  return undefined;
}

/** The common verbs with some that this tool uses otherwise. */
export function verbsWith(others: Readonly<Record<string, VerbMeaning>>): CliVerbs {
  return new Map([...COMMON_VERBS, ...Object.entries(others)]);
}
