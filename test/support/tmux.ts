/** A real terminal (tmux) that a test types on and reads. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Screen {
  /** Types a text; keys by tmux's names: `Enter`, `C-c`, `Right`. */
  type(...keys: readonly string[]): void;
  /** What can be seen, without trailing blanks; with everything that has scrolled away if `all`. */
  read(all?: boolean): string;
  /** Waits until the text is on the screen, scrolled lines included. @throws Error after half a minute, with the screen. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** Forgets everything so far. */
  clear(): void;
  close(): void;
}

/** Opens a terminal with a shell in it. */
export function openTerminal(options: {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly width?: number;
  readonly height?: number;
}): Screen {
  const name = `fb-${randomBytes(4).toString('hex')}`;
  const tmux = (...args: readonly string[]) =>
    execFileSync('tmux', ['-L', name, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const set = Object.entries({ PS1: 'prompt> ', HISTFILE: '', ...options.env }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const size = ['-x', String(options.width ?? 80), '-y', String(options.height ?? 24)];
  const shell = ['env', '-i', 'TERM=screen', 'LANG=C.UTF-8', ...set, 'bash', '--norc', '--noprofile'];
  tmux('new-session', '-d', ...size, '-c', options.cwd, ...shell);
  const read = (all = false) =>
    tmux('capture-pane', '-p', ...(all ? ['-S', '-2000', '-J'] : []))
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  return {
    type(...keys) {
      tmux('send-keys', ...keys);
    },
    read,
    async shows(pattern) {
      for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
        const found = pattern.exec(read(true));
        if (found !== null) return found;
        if (Date.now() > deadline) throw new Error(`${String(pattern)} did not appear on\n${read(true)}`);
      }
    },
    clear() {
      tmux('send-keys', '-R');
      tmux('clear-history');
    },
    close() {
      tmux('kill-server');
    },
  };
}
