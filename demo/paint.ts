/** Colours of the replay, or none. ECMA-48 SGR sequences. */
export interface Paint {
  title(text: string): string;
  /** A line of the agent's output, or of the person's, by how it begins. */
  agent(line: string): string;
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
    agent(line) {
      if (line.startsWith('* ')) return cyan(line);
      if (line.startsWith('  $ ')) return bold(line);
      if (line.includes('[person]')) return green(line);
      if (/held as H-\d+|firebreak_/i.test(line)) return yellow(line);
      return faint(line);
    },
  };
}
