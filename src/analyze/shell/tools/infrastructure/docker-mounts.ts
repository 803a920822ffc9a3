import { type Argument, knownText } from '../../argument.js';
import type { Options } from '../../options.js';

/** A folder of this machine that a container sees. */
export interface Mount {
  readonly host: string;
  readonly inside: string;
  readonly readOnly: boolean;
}

/** Folders whose loss a person would not get over: mounted writable, a container can do to them what it wants. */
const PRECIOUS = /^(?:\/|\/(?:etc|home|root|usr|var|boot|dev|bin|lib|opt|Users)\/?|~\/?|\/(?:home|Users)\/[^/]+\/?)$/u;

/** Source: docker run reference, `--volume` and `--mount`. Named volumes are none of this machine's folders. */
export function mountsOf(options: Options): readonly Mount[] {
  const volumes = options.values('-v', '--volume').map((one) => ofVolume(one));
  return [...volumes, ...options.values('--mount').map(ofMount)].filter((one) => one !== undefined);
}

export function isPrecious({ host, readOnly }: Mount): boolean {
  return !readOnly && PRECIOUS.test(host);
}

function ofVolume(spec: Argument): Mount | undefined {
  const [host, inside, mode = ''] = workFolder(spec).split(':');
  if (host === undefined || inside === undefined || !/^(?:[/.~]|\.$)/u.test(host)) return undefined;
  return { host, inside, readOnly: mode.split(',').includes('ro') };
}

function ofMount(spec: Argument): Mount | undefined {
  const fields = workFolder(spec).split(',');
  const field = (...names: readonly string[]) =>
    fields.find((one) => names.some((name) => one.startsWith(`${name}=`)))?.replace(/^[^=]*=/u, '');
  const [host, inside] = [field('source', 'src'), field('target', 'destination', 'dst')];
  if (field('type') !== 'bind' || host === undefined || inside === undefined) return undefined;
  return { host, inside, readOnly: fields.some((one) => /^(?:readonly|ro)(?:=true)?$/u.test(one)) };
}

/** `$PWD` and `$(pwd)` are the folder in which the command runs, whether or not it is known. */
function workFolder(spec: Argument): string {
  const known = knownText(spec);
  if (known !== undefined) return known;
  const written = spec.written.replace(/^(["'])(.*)\1$/u, '$2').replaceAll('"', '');
  return written.replace(/\$\(pwd\)|`pwd`|\$\{?PWD\}?/u, '.').replace(/\$\{?HOME\}?/u, '~');
}

/** The words as they would read on this machine; undefined when none of them names a mounted folder. */
export function onHost(words: readonly Argument[], mounts: readonly Mount[]): readonly Argument[] | undefined {
  let changed = false;
  const mapped = words.map((word) => {
    let text = word.text;
    for (const { inside, host, readOnly } of mounts) {
      if (readOnly || inside === '/' || !text.includes(inside)) continue;
      const escaped = inside.replace(/\/$/u, '').replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
      text = text.replace(
        new RegExp(`(^|[\\s'"=])${escaped}(?=$|[/\\s'";])`, 'gu'),
        (_, before: string) => before + host,
      );
    }
    changed ||= text !== word.text;
    return text === word.text ? word : { ...word, text };
  });
  return changed ? mapped : undefined;
}
