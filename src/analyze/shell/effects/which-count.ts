/** Which effects are told, and which of what happens elsewhere counts. */
import type { Effect } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { GitPart, LocalLoss } from '#action/local-loss';
import type { FilesFinding } from '../finding.js';

/** More effects than this are counted and not told one by one. */
const MOST_EFFECTS = 200;

/** On another machine nothing is copied first. New names there are no harm in a container, whose files come from its image. */
export function harmsElsewhere({ act, path, recursive }: FilesFinding, elsewhere: string): boolean {
  if (/^\/dev\/(?:null|tty|std\w+|fd\/)|^\/tmp\/[^.]/u.test(path.text)) return act === 'delete' && recursive;
  switch (act) {
    case 'delete':
    case 'edit':
      return true;
    case 'overwrite':
    case 'move':
      return elsewhere.startsWith('on ') || act === 'overwrite';
    case 'modes':
      return recursive;
    default:
      return false;
  }
}

/**
 * The first of many effects, and before all others those that are asked about. INVARIANT: an effect that is left out is as
 * harmless as one that is told.
 */
export function atMost(effects: readonly Effect[]): Effect[] {
  if (effects.length <= MOST_EFFECTS) return [...effects];
  const quiet = (one: Effect) =>
    one.reversible === 'yes' && one.environments.every((name) => name === LOCAL_ENVIRONMENT);
  const [loud, others] = [effects.filter((one) => !quiet(one)), effects.filter(quiet)];
  const kept = loud.filter(({ reversible }) => reversible === 'snapshot');
  const asked = loud.filter(({ reversible }) => reversible !== 'snapshot');
  const most = [...asked, ...kept.slice(0, MOST_EFFECTS), ...others].slice(
    0,
    Math.max(MOST_EFFECTS, asked.length + Math.min(1, kept.length)),
  );
  return most;
}

/**
 * One loss for each repository. Between two acts on it, what git is told to ignore may change, so that what the second takes
 * for untracked was ignored before the first.
 */
export function together(losses: readonly LocalLoss[]): readonly LocalLoss[] {
  const parts = new Map<string, Set<GitPart>>();
  const other: LocalLoss[] = [];
  for (const loss of losses) {
    if (loss.kind !== 'git') {
      other.push(loss);
      continue;
    }
    const known = parts.get(loss.folder);
    if (known === undefined) parts.set(loss.folder, new Set(loss.loses));
    else
      for (const part of [
        ...loss.loses,
        ...(known.has('untracked') || loss.loses.includes('untracked') ? ['ignored' as const] : []),
      ])
        known.add(part);
  }
  return [...[...parts].map(([folder, loses]): LocalLoss => ({ kind: 'git', folder, loses: [...loses] })), ...other];
}
