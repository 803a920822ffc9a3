/**
 * How V8 runs this process, set before anything else is loaded. A third of what an idle daemon
 * would hold in memory is what the optimising compiler needs while Cedar's WebAssembly reads the policies, and a young
 * generation that grew meanwhile and never shrinks. Both are speed alone; a V8 that does not know a flag says so and goes on.
 */
import { setFlagsFromString } from 'node:v8';

// The baseline compiler only: nothing here runs WebAssembly long enough for the other one to pay (bench/decision.ts).
setFlagsFromString('--liftoff-only');
setFlagsFromString('--semi-space-growth-factor=1');

/** The start is over: what comes now may have the memory that it needs. */
export function growUnderLoad(): void {
  setFlagsFromString('--semi-space-growth-factor=2'); // V8's own.
}
