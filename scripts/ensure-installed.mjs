// Runs before `npm start` and `npm test`: installs the locked dependencies when they are missing or out of date, and builds
// when the sources are newer than the build. Says what it does; does nothing when nothing is needed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`firebreak needs Node.js 20.19 or newer; this is ${process.version}`);
  process.exit(1);
}

/** The newest modification time, in milliseconds, of a file or of anything below a folder. */
function newest(path) {
  const stat = statSync(`${root}${path}`, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(`${root}${path}`).map((name) => newest(`${path}/${name}`)));
}

function run(why, ...args) {
  console.log(`firebreak: ${why} (npm ${args.join(' ')})`);
  const { status } = spawnSync(npm, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`firebreak: npm ${args.join(' ')} failed; its own messages are above`);
    process.exit(status ?? 1);
  }
}

// npm writes node_modules/.package-lock.json at the end of every installation.
const installed = newest('node_modules/.package-lock.json');
if (installed === 0 || installed < newest('package-lock.json')) {
  run('installing the locked dependencies', 'ci', '--no-audit', '--no-fund'); // `prepare` builds as well
} else if (
  !existsSync(`${root}dist/src/main.js`) ||
  newest('dist/src/main.js') < Math.max(newest('src'), newest('demo'))
) {
  run('building', 'run', '--silent', 'build');
}
