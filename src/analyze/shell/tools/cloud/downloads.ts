import type { Argument } from '../../argument.js';
import type { FilesFinding } from '../../finding.js';
import { inside, lastName } from '../files/on-paths.js';

/** What a copy from elsewhere makes on this machine: inside a target that is plainly a folder, by the source's last name. */
export function downloaded(source: Argument, target: Argument, recursive: boolean): FilesFinding {
  const folder = /(?:^|\/)\.{0,2}$/u.test(target.text);
  const name = lastName({ ...source, text: source.text.replace(/^[^/]*:(?=\/|[^/])/u, '') });
  const path = folder && !recursive && name.text !== '' && name.text !== '.' ? inside(target, name) : target;
  return { kind: 'files', act: 'place', path, recursive };
}
