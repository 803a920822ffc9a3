#!/usr/bin/env node
import { main } from '#cli/program';
import { createServices } from '#daemon/services';
import { packageVersion } from '#daemon/shipped';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

// The replay is not part of the product: it is loaded only when it is asked for.
const demo = async (options: { yes: boolean; json: boolean }) => (await import('../demo/replay.js')).replay(options);

process.exitCode = await main(process.argv.slice(2), createServices(demo), packageVersion);
