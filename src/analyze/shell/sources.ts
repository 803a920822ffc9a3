/** What a command finds on the machine: folders, and the texts of scripts, as they are or as the commands before have left them. */
import { type Answers, type PathEntry, type Question, questionKey } from '#action/question';
import { type Argument, exactly } from './argument.js';
import { type Ground, isIn } from './effects/where.js';
import { pathIn } from './paths.js';
import { Written } from './written.js';

export type Source =
  | { readonly kind: 'text'; readonly text: Argument }
  /** There is no such file, or no text in it. */
  | { readonly kind: 'none' }
  /** FAIL-CLOSED: nobody has read it, or nobody can tell what it will be, and it is about to be run. */
  | { readonly kind: 'doubtful'; readonly why: string };

export class Sources {
  readonly written = new Written();
  private readonly answers: Answers;
  private readonly ask: (question: Question) => void;
  private readonly ground: Pick<Ground, 'root' | 'realRoot' | 'seen'>;

  constructor(given: {
    readonly answers: Answers;
    readonly ask: (question: Question) => void;
    readonly ground: Pick<Ground, 'root' | 'realRoot' | 'seen'>;
  }) {
    this.answers = given.answers;
    this.ask = given.ask;
    this.ground = given.ground;
  }

  /** The text of a file that is about to be run. */
  textAt(folder: string | undefined, path: Argument): Source {
    const full = path.certainty === 'exact' ? pathIn(folder, path.text) : undefined;
    return full === undefined ? { kind: 'none' } : this.textOf(full, 0);
  }

  private textOf(full: string, copies: number): Source {
    const written = this.written.at(full);
    switch (written?.kind) {
      case undefined:
        break;
      case 'text':
      case 'doubtful':
        return written;
      case 'copy':
        return copies > MOST_COPIES ? { kind: 'doubtful', why: `copies ${full}` } : this.textOf(written.of, copies + 1);
      case 'added': {
        const before = this.file(full);
        if (before.kind !== 'text') return before.kind === 'none' ? { ...written, kind: 'text' } : before;
        return { kind: 'text', text: { ...written.text, text: `${before.text.text}${written.text.text}` } };
      }
    }
    return this.file(full);
  }

  private file(full: string): Source {
    if (!full.startsWith('/')) return { kind: 'none' };
    const question: Question = { kind: 'file-text', path: full };
    const answer = this.answers.get(questionKey(question));
    if (answer?.kind === 'file-text')
      return answer.text === undefined ? { kind: 'none' } : { kind: 'text', text: exactly(answer.text) };
    this.ask(question);
    return this.ground.seen ? { kind: 'doubtful', why: 'nobody has read it' } : { kind: 'none' };
  }

  /** See `WalkEvents.landing`. Until somebody has looked, a folder is there. */
  landing(folder: string, pattern?: 'pattern'): string | undefined {
    if (!folder.startsWith('/')) return folder;
    if (pattern !== undefined) return this.allFolders(folder) ? folder : undefined;
    const entry = this.entryAt(folder);
    if (entry === 'not asked') return folder;
    if (entry?.type === 'folder') return this.inTermsOfRoot(entry.path);
    // `link/.` is where the link leads.
    const beyond = entry?.type === 'link' ? this.entryAt(`${folder}/.`) : undefined;
    if (beyond === 'not asked') return folder;
    return beyond?.type === 'folder' ? this.inTermsOfRoot(beyond.path.replace(/\/\.$/u, '')) : undefined;
  }

  /** Where links lead; what is not there may be made before. */
  folderAt(from: string | undefined, text: string): string | undefined {
    const path = pathIn(from, text);
    return path === undefined ? undefined : (this.landing(path) ?? path);
  }

  /** Whether a pattern fits something, and nothing but folders as they are written. */
  private allFolders(pattern: string): boolean {
    const question: Question = { kind: 'path', path: pattern, pattern: true, git: false };
    const answer = this.answers.get(questionKey(question));
    if (answer?.kind === 'path')
      return answer.entries.length > 0 && answer.entries.every(({ type }) => type === 'folder');
    this.ask(question);
    return true;
  }

  /** See `WalkEvents.rootOf`. */
  rootOf(folder: string): string | undefined {
    if (!folder.startsWith('/')) return undefined;
    const question: Question = { kind: 'workspace', folder };
    const answer = this.answers.get(questionKey(question));
    if (answer?.kind !== 'workspace') {
      this.ask(question);
      return undefined;
    }
    // Where there is no repository git prints nothing.
    const { root } = answer;
    const git = root === undefined ? undefined : this.entryAt(`${root}/.git`);
    return git === undefined || git === 'not asked' ? undefined : root;
  }

  private entryAt(path: string): PathEntry | 'not asked' | undefined {
    const question: Question = { kind: 'path', path, pattern: false, git: false };
    const answer = this.answers.get(questionKey(question));
    if (answer?.kind === 'path') return answer.entries[0];
    this.ask(question);
    return 'not asked';
  }

  /** The work itself may lie behind a link. */
  private inTermsOfRoot(path: string): string {
    const { root, realRoot } = this.ground;
    return root !== undefined && realRoot !== undefined && isIn(path, realRoot)
      ? `${root}${path.slice(realRoot.length)}`
      : path;
  }
}

const MOST_COPIES = 10;
