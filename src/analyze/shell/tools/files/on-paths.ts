import { type Argument, exactly } from '../../argument.js';
import type { FilesFinding } from '../../finding.js';

/** The same act on each of these paths. */
export function onPaths(
  act: FilesFinding['act'],
  paths: readonly Argument[],
  more: {
    readonly recursive?: boolean;
    readonly through?: true | undefined;
    readonly explain?: string | undefined;
  } = {},
): readonly FilesFinding[] {
  const { recursive = false, explain, through } = more;
  return paths.map((path) => ({
    kind: 'files',
    act,
    path,
    recursive,
    ...(through === undefined ? {} : { through }),
    ...(explain === undefined ? {} : { explain }),
  }));
}

/** The folder in which the program runs. */
export const HERE: Argument = exactly('.');

/** `name` inside `folder`, as certain as the less certain of both. */
export function inside(folder: Argument, name: Argument): Argument {
  if (name.text.startsWith('/')) return name;
  const between = folder.text.endsWith('/') ? '' : '/';
  return {
    text: `${folder.text}${between}${name.text}`,
    certainty: lessCertain(folder.certainty, name.certainty),
    written: `${folder.written}${between}${name.written}`,
  };
}

/** The path with something appended to its last name: `notes.txt` and `.gz`. */
export function withSuffix(path: Argument, suffix: string): Argument {
  return { ...path, text: `${path.text}${suffix}`, written: `${path.written}${suffix}` };
}

/** The last name of a path: what a copy of it is called in another folder. */
export function lastName(path: Argument): Argument {
  const text = path.text.replace(/\/+$/u, '');
  return { ...path, text: text.slice(text.lastIndexOf('/') + 1), written: text.slice(text.lastIndexOf('/') + 1) };
}

function lessCertain(one: Argument['certainty'], other: Argument['certainty']): Argument['certainty'] {
  if (one === 'unknown' || other === 'unknown') return 'unknown';
  return one === 'pattern' || other === 'pattern' ? 'pattern' : 'exact';
}
