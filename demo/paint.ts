/** Colours of the replay, or none. ECMA-48 SGR sequences. */
export interface Paint {
  title(text: string): string;
  /** A row of the agent's output, or of the person's, by how its whole line begins. */
  agent(row: string, line: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

export function paintFor(colours: boolean): Paint {
  const sgr = (code: string) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, red, green, yellow, cyan, faint] = [sgr('1'), sgr('31'), sgr('32'), sgr('33'), sgr('36'), sgr('2')];
  return {
    title: bold,
    good: green,
    bad: red,
    faint,
    agent(row, line) {
      if (line.startsWith('* ')) return cyan(row);
      if (line.startsWith('  $ ')) return bold(row);
      if (line.includes('[person]')) return green(row);
      if (/held as H-\d+|firebreak_|firebreak:/i.test(line)) return yellow(row);
      return faint(row);
    },
  };
}
