#!/usr/bin/env node
import { growUnderLoad } from '#daemon/engine';

// Not before the engine is set: all modules that are imported at the top are read before the first one runs.
const { main } = await import('#cli/program');
const { createServices } = await import('#daemon/services');
const { packageVersion } = await import('#daemon/shipped');

// A reader that has seen enough (`| head`) and a terminal that was closed are no errors: there is nobody to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    // Whoever listens for signals clears up first.
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    else process.exit();
  });
}

// The replay is not part of the product: it is loaded only when it is asked for.
const demo = async (options: { yes: boolean; json: boolean }) => (await import('../demo/replay.js')).replay(options);

const services = createServices(demo);
const up: typeof services.up = async (where) => {
  const daemon = await services.up(where);
  growUnderLoad();
  return daemon;
};

process.exitCode = await main(process.argv.slice(2), { ...services, up }, packageVersion);
