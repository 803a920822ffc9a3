/** A machine that is only told of: what an agent's command would come to there, by the real analysis and the shipped policies. */
import { basename, dirname, join, normalize } from 'node:path/posix';
import type { Effect } from '#action/effect';
import type { LocalLoss } from '#action/local-loss';
import type { Answer, PathEntry, Question } from '#action/question';
import type { Session } from '#action/session';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { isPattern, namePattern } from '#base/shell-pattern';
import { defaultConfig } from '#daemon/explain';
import { settingsOf } from '#daemon/settings';
import { loadAllPolicies } from '#daemon/shipped';
import { understand } from '#pipeline/understand';
import { decide, type PolicyAnswer } from '#policy/decide';
import { createMemo } from '#policy/memo';

/** By absolute path: a file's text, `null` for a folder, or where a link leads. Folders above are there without being told. */
export type Files = Readonly<Record<string, string | null | { readonly link: string } | { readonly ignored: true }>>;

/**
 * `free`: it runs as it is. `kept`: it runs after a copy of `losses`. `held`: it waits for a person. `denied`: out of bounds.
 */
export type Fate = 'free' | 'kept' | 'held' | 'denied';

export interface Told {
  readonly fate: Fate;
  readonly losses: readonly LocalLoss[];
  readonly effects: readonly Effect[];
}

export interface PretendMachine {
  /** @param cwd by default the work's root. */
  run(command: string, cwd?: string): Promise<Told>;
}

const SESSION: Session = {
  id: 'ses_1',
  agent: 'claude-code',
  intent: '',
  environments: ['*'],
  mode: 'work',
  tier: 'advisory',
};

export async function pretendMachine(given: {
  readonly home: string;
  /** The root of the repository in which the agent works. */
  readonly root: string;
  readonly files: Files;
}): Promise<PretendMachine> {
  await loadSqlParser();
  const settings = settingsOf(defaultConfig);
  const policies = loadAllPolicies('.', []);
  const memo = createMemo<PolicyAnswer>(10_000);
  const tree = new Map(Object.entries(given.files));
  for (const path of [...tree.keys()]) {
    for (let above = dirname(path); !tree.has(above); above = dirname(above)) tree.set(above, null);
  }
  const names = [...tree.keys()];

  /** With the links of all folders on the way followed. */
  const real = (path: string, depth = 0): string => {
    let at = '/';
    for (const name of path.split('/').filter((one) => one !== '')) {
      const next = join(at, name);
      const found = tree.get(next);
      const link = typeof found === 'object' && found !== null && 'link' in found ? found.link : undefined;
      at = link === undefined || depth > 8 ? next : real(link.startsWith('/') ? link : join(at, link), depth + 1);
    }
    return at;
  };

  const entry = (path: string): PathEntry | undefined => {
    const at = path === '/' ? '/' : join(real(dirname(path)), basename(path));
    const found = tree.get(at);
    if (found === undefined) return undefined;
    const isLink = typeof found === 'object' && found !== null && 'link' in found;
    const ignored = typeof found === 'object' && found !== null && 'ignored' in found;
    const type = isLink ? 'link' : found === null || ignored ? 'folder' : 'file';
    return { path: at, type, mount: false, tracked: !ignored, ignored };
  };

  const matching = (pattern: string): readonly string[] => {
    let found = ['/'];
    for (const name of pattern.split('/').filter((one) => one !== '')) {
      found = found.flatMap((folder) => {
        if (!isPattern(name)) return [join(folder, name)];
        const inside = real(folder);
        const fits = namePattern(name);
        return names
          .filter((one) => dirname(one) === inside && one !== '/' && fits.test(basename(one)))
          .map((one) => join(folder, basename(one)));
      });
    }
    return found;
  };

  const answer = (question: Question): Answer | undefined => {
    switch (question.kind) {
      case 'workspace': {
        const within = question.folder === given.root || question.folder.startsWith(`${given.root}/`);
        const wide = given.home.startsWith(question.folder) || question.folder === '/';
        const root = within ? given.root : wide ? undefined : question.folder;
        return { kind: 'workspace', root, realRoot: root, home: given.home, temporary: ['/tmp'] };
      }
      case 'file-text': {
        const text = tree.get(real(normalize(question.path)));
        return { kind: 'file-text', text: typeof text === 'string' ? text : undefined };
      }
      case 'path': {
        const paths = question.pattern ? matching(question.path) : [question.path];
        const entries = paths.flatMap((path) => entry(path) ?? []);
        return { kind: 'path', entries };
      }
      default:
        return undefined;
    }
  };

  return {
    async run(command, cwd = given.root) {
      const action = { kind: 'shell', text: command, cwd } as const;
      const door = {
        signal: new AbortController().signal,
        execute: () => Promise.reject(new Error('nothing is executed')),
      };
      const context = { resources: settings.resources, environments: [] };
      const { effects, losses } = await understand(
        action,
        { analyze, resolve: async (question) => answer(question), context },
        door,
        false,
      );
      const { decision, obligations } = decide(
        {
          actionKind: 'shell',
          effects,
          session: SESSION,
          foreignCredential: false,
          environmentOf: settings.environmentOf,
          freezeOf: () => undefined,
        },
        policies,
        memo,
      );
      const fates = {
        hold: 'held',
        deny: 'denied',
        allow: obligations.includes('snapshot') ? 'kept' : 'free',
      } as const;
      return { fate: fates[decision], losses, effects };
    },
  };
}
