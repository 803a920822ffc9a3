import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProtectError } from '../errors.js';

/**
 * Long work in short pieces: the daemon answers others in between. Synchronous calls of the file system are several times as
 * fast as asynchronous ones, so the work is done with them, and stopped every few milliseconds.
 */
export interface Pace {
  readonly signal: AbortSignal;
  /** Call it often. Waits only when the piece has become long. @throws ProtectError when the time is up. */
  step(): Promise<void> | undefined;
  /** @throws ProtectError when the time is up. */
  check(): void;
}

const PIECE_MS = 4;

/** @param milliseconds after which the work gives up; undefined: never. */
export function startPace(signal: AbortSignal, milliseconds: number | undefined): Pace {
  const ends = milliseconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
  let pieceEnds = performance.now() + PIECE_MS;
  const check = () => {
    if (signal.aborted) throw new ProtectError('SNAPSHOT_UNWRITABLE', 'it was given up before it was done');
    if (performance.now() > ends)
      throw new ProtectError(
        'SNAPSHOT_TOO_LARGE',
        `it takes longer than ${(milliseconds ?? 0) / 1000} s to look at or to copy`,
      );
  };
  return {
    signal,
    check,
    step() {
      if (performance.now() < pieceEnds) return undefined;
      check();
      return nextTurn().then(() => {
        pieceEnds = performance.now() + PIECE_MS;
      });
    },
  };
}
