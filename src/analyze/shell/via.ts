/** How a command came to be run. */
export interface Via {
  /** What led to it, outermost first: `npm run clean`, `bash -c`. */
  readonly chain: readonly string[];
  /** Where, when that is not this machine's own file system: `on host db1`. */
  readonly elsewhere: string | undefined;
  readonly depth: number;
  /** Aliases that are being expanded: one does not expand within itself. */
  readonly aliases: readonly string[];
}

export const DIRECTLY: Via = { chain: [], elsewhere: undefined, depth: 0, aliases: [] };

export function through(via: Via, step: string, elsewhere?: string): Via {
  return {
    ...via,
    chain: via.chain.at(-1) === step ? via.chain : [...via.chain, step],
    elsewhere: elsewhere ?? via.elsewhere,
    depth: via.depth + 1,
  };
}
