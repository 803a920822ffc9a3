/** What a task runs, from the file of the project that defines it. */
import { exactly } from './argument.js';
import type { TaskFinding } from './finding.js';
import type { Sources } from './sources.js';
import { justRecipe, makeTarget, npmScript, type TaskTexts } from './task-files.js';
import { quotedWord } from './walk.js';

/** @param doubts gets a sentence for each file of which nobody can tell what is in it. */
export function taskTexts(
  { runner, args, file }: TaskFinding,
  name: string | undefined,
  folder: string | undefined,
  sources: Sources,
  doubts: string[],
): TaskTexts {
  const read = (path: string): string | undefined => {
    const source = sources.textAt(folder, exactly(path));
    if (source.kind === 'doubtful') doubts.push(source.why);
    return source.kind === 'text' ? source.text.text : undefined;
  };
  switch (runner) {
    case 'npm': {
      const text = read('package.json');
      const words = args.map(({ text: word, certainty, written }) =>
        certainty === 'exact' ? quotedWord(word) : written,
      );
      return text === undefined || name === undefined ? undefined : npmScript(text, name, words.join(' '));
    }
    case 'make': {
      const named = file === undefined ? ['GNUmakefile', 'makefile', 'Makefile'] : [file.text];
      const text = named.map(read).find((one) => one !== undefined);
      return text === undefined
        ? undefined
        : makeTarget(
            text,
            name,
            args.map((one) => one.text),
          );
    }
    case 'just': {
      const named = file === undefined ? ['justfile', 'Justfile', '.justfile'] : [file.text];
      const text = named.map(read).find((one) => one !== undefined);
      return text === undefined ? undefined : justRecipe(text, name);
    }
  }
}

/** `pnpm prisma`, `yarn rimraf`: pnpm, yarn and bun look for a script of this name first. */
export function runsBinaries(manager: string, name: string | undefined): boolean {
  return name !== undefined && /^(?:pnpm|yarn|bun)$/u.test(manager) && !OWN_VERBS.has(name);
}

const OWN_VERBS = new Set(
  (
    'add install i ci remove rm uninstall un up update upgrade why ls list store cache config audit outdated link unlink ' +
    'import rebuild prune fetch patch patch-commit deploy publish unpublish pack init create env setup server licenses root ' +
    'bin dedupe info view show login logout whoami workspace workspaces plugin set node npm version global pm x exec dlx ' +
    'test start stop restart build dev lint help constraints explain search stage unplug run'
  ).split(' '),
);
