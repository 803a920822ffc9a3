/** Single keys at the terminal. */
export interface Keys {
  close(): void;
}

/** ETX, which a terminal sends for Ctrl-C when it does not make a signal of it. */
const CTRL_C = '\u0003';

export function listenForKeys(pressed: (key: string) => void): Keys {
  const { stdin } = process;
  const listen = (chunk: Buffer) => {
    for (const key of chunk.toString('utf8')) {
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else pressed(key.toLowerCase());
    }
  };
  let open = true;
  stdin.setRawMode(true);
  stdin.on('data', listen);
  return {
    close() {
      if (!open) return;
      open = false;
      stdin.off('data', listen);
      stdin.setRawMode(false);
      // Read no further, or the process would wait for keys.
      stdin.pause();
    },
  };
}
