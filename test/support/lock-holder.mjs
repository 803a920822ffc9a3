// A process that holds a state folder's lock until it is killed. Runs on the build, as the daemon does.
import { lockState } from '#store/state-lock';

lockState(process.argv[2]);
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
