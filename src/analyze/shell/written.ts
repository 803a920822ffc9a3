/** What the commands before have written and linked: a command may write a script and then run it, or a link and go through it. */
import { dirname } from 'node:path/posix';
import { type Argument, exactly, unknownArgument } from './argument.js';
import type { LinkFinding } from './finding.js';
import { pathIn } from './paths.js';

/** What is in a file that a command before has written. */
export type WrittenText =
  | { readonly kind: 'text'; readonly text: Argument }
  /** At the end of what was there. */
  | { readonly kind: 'added'; readonly text: Argument }
  | { readonly kind: 'copy'; readonly of: string }
  /** Nobody can tell, and it may do harm. */
  | { readonly kind: 'doubtful'; readonly why: string };

interface Link {
  readonly at: string;
  /** Undefined: nobody knows where it leads. */
  readonly to: string | undefined;
  readonly how: LinkFinding['how'];
}

export class Written {
  private readonly texts = new Map<string, WrittenText>();
  private readonly links: Link[] = [];

  /** @param path absolute, as everywhere here. */
  put(path: string, written: WrittenText): void {
    this.texts.set(path, written);
  }

  at(path: string): WrittenText | undefined {
    return this.texts.get(path);
  }

  link({ at, to, how }: LinkFinding, folder: string | undefined): void {
    const from = at.certainty === 'exact' ? pathIn(folder, at.text) : undefined;
    if (from === undefined) return;
    const start = how === 'symbolic' ? dirname(from) : folder;
    this.links.push({ at: from, to: to.certainty === 'exact' ? pathIn(start, to.text) : undefined, how });
  }

  /**
   * What else a path is, through the links that were made.
   *
   * @param contents what lies there is changed, and not only the name taken away.
   */
  elsewhere(path: string, contents: boolean): readonly Argument[] {
    return this.links.flatMap(({ at, to, how }) => {
      const below = path.startsWith(`${at}/`);
      if (!below && (path !== at || !(contents || how === 'mount'))) return [];
      return [to === undefined ? unknownArgument(at) : exactly(`${to}${path.slice(at.length)}`)];
    });
  }
}

/**
 * Words of a command that fetches, decodes or names what destroys: when such a command writes a file, and the file is run,
 * nobody can tell what that does.
 */
export const DOUBTFUL =
  /(?:^|[^\w-])(?:curl|wget|aria2c|nc|ncat|socat|http|base64|base32|basenc|xxd|openssl|uudecode|gpg|age|rev|zcat|gunzip|xzcat|rm|rmdir|rmtree|rimraf|unlink|shred|dd|mkfs\S*|truncate|drop|rmSync|rm_rf|rm_r|reset|force)(?:[^\w-]|$)/iu;

/** Files that a shell or git runs by itself. */
export const RUNS_BY_ITSELF =
  /\/\.git\/hooks\/[^/.]+$|\/\.husky\/[^/.]+$|\/\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zprofile|zshenv|zlogin|envrc)$/u;
