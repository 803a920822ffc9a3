/** Lines of bytes, as JSON Lines has them: separated by LF, a CR before it left away; nothing else ends a line. */

/** One line without its ending; undefined for a line that is longer than the limit, whose bytes are not kept. */
export type Line = Buffer | undefined;

/**
 * Takes bytes apart into lines, one behind the other. A last line without an ending counts; an ending at the very end begins
 * no further line.
 *
 * @param most bytes that a line may have, so that a peer that never ends its line cannot fill the memory.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer | string>, most: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  const line = (): Line => {
    const whole = Buffer.concat(parts);
    const complete = length === whole.length;
    parts = [];
    length = 0;
    const bare = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    return complete && bare.length <= most ? bare : undefined;
  };
  const take = (part: Buffer) => {
    length += part.length;
    // One byte more than the limit, for a CR; past that only the length counts.
    if (length <= most + 1) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      take(bytes.subarray(from, end));
      from = end + 1;
      yield line();
    }
    if (from < bytes.length) take(bytes.subarray(from));
  }
  if (length > 0) yield line();
}

const LF = 0x0a;
const CR = 0x0d;
