/** What commands do to files, and what the commands after them find there. */
import type { Argument } from './argument.js';
import type { FilesFinding } from './finding.js';
import type { Found } from './follow.js';
import type { Invocation } from './invocation.js';
import { pathIn } from './paths.js';
import type { Scope } from './scope.js';
import type { Sources } from './sources.js';
import { through, type Via } from './via.js';
import { DOUBTFUL, RUNS_BY_ITSELF } from './written.js';

export class FileEvents {
  private readonly sources: Sources;
  private readonly found: (found: Found) => void;
  private readonly runs: (path: Argument, content: Argument | undefined, scope: Scope, via: Via) => void;

  constructor(given: {
    readonly sources: Sources;
    readonly found: (found: Found) => void;
    /** A file that a shell or git runs by itself is written; its content, when that is known. */
    readonly runs: (path: Argument, content: Argument | undefined, scope: Scope, via: Via) => void;
  }) {
    this.sources = given.sources;
    this.found = given.found;
    this.runs = given.runs;
  }

  /** What is done to a path is done to whatever the links of the commands before make it. */
  done(given: FilesFinding, { folder, folderPattern }: Scope, via: Via): void {
    const { text, certainty: known } = given.path;
    const below = folderPattern !== undefined && !/^\/|(?:^|\/)\.\.(?:\/|$)/u.test(text);
    const finding: FilesFinding = below
      ? {
          ...given,
          path: { ...given.path, text: `${folderPattern}/${text}`, certainty: known === 'exact' ? 'pattern' : known },
        }
      : given;
    this.found({ finding, folder, via });
    const path = pathIn(folder, finding.path.text);
    if (path === undefined || via.elsewhere !== undefined) return;
    const contents =
      /^(?:overwrite|edit|append|read)$/u.test(finding.act) ||
      finding.through === true ||
      finding.path.text.endsWith('/');
    for (const other of this.sources.written.elsewhere(path, contents)) {
      const certainty =
        finding.path.certainty === 'pattern' && other.certainty === 'exact' ? 'pattern' : other.certainty;
      this.found({
        finding: { ...finding, path: { ...finding.path, text: other.text, certainty } },
        folder,
        via,
      });
    }
  }

  /** Keeps in mind what is written, for it may be run; what runs by itself is followed at once. */
  wrote(
    { act, path }: FilesFinding,
    {
      content,
      by,
      copied,
    }: { readonly content: Argument | undefined; readonly by: string; readonly copied?: Argument | undefined },
    scope: Scope,
    via: Via,
  ): void {
    const full =
      path.certainty === 'exact' && via.elsewhere === undefined ? pathIn(scope.folder, path.text) : undefined;
    if (full === undefined) return;
    const of = copied?.certainty === 'exact' ? pathIn(scope.folder, copied.text) : undefined;
    const { written } = this.sources;
    if (content !== undefined) {
      const before = act === 'append' ? written.at(full) : undefined;
      if (act !== 'append') written.put(full, { kind: 'text', text: content });
      else if (before === undefined) written.put(full, { kind: 'added', text: content });
      else if (before.kind === 'text' || before.kind === 'added')
        written.put(full, { kind: before.kind, text: { ...content, text: `${before.text.text}${content.text}` } });
    } else if (of !== undefined && of !== full) written.put(full, { kind: 'copy', of });
    else if (DOUBTFUL.test(by))
      written.put(full, { kind: 'doubtful', why: `another command of this line writes it: ${by}` });
    if (RUNS_BY_ITSELF.test(full)) this.runs(path, content, scope, through(via, path.written));
  }

  /** What a program writes into the files that it is given, as far as that is known. */
  wroteBy(finding: FilesFinding, invocation: Invocation, scope: Scope, via: Via): void {
    if (!/^(?:overwrite|append|place|edit)$/u.test(finding.act)) return;
    const { name, args, input } = invocation;
    const by = [name, ...args.map(({ text }) => text), ...(input.kind === 'pipe' ? input.from : [])].join(' ');
    if (/^(?:cp|mv|ln|install|rsync)$/u.test(name)) {
      const operands = args.filter(({ text }) => !text.startsWith('-'));
      const called = (text: string) => text.replace(/\/+$/u, '').split('/').at(-1);
      const copied =
        operands.length === 2 ? operands[0] : operands.find(({ text }) => called(text) === called(finding.path.text));
      this.wrote(finding, { content: undefined, by: '', copied }, scope, via);
      return;
    }
    const content = /^(?:tee|sponge|dd)$/u.test(name) && input.kind === 'text' ? input.text : undefined;
    this.wrote(finding, { content, by }, scope, via);
  }
}
