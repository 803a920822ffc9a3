import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { packageFile } from './package-root.js';

const TOOLS = ['psql', 'curl'] as const;

/** Where the agent's `psql` and `curl` come from. */
export interface AgentTools {
  /** The agent's PATH. */
  readonly path: string;
  /** Those that this machine has not got, and for which a small stand-in of ours runs. */
  readonly standIns: readonly string[];
}

/**
 * Makes sure that `psql` and `curl` exist: the real ones if PATH has them, else stand-ins, started by wrappers in `folder`.
 *
 * @param force uses the stand-ins even where the real ones exist.
 */
export async function provideTools(folder: string, force = false): Promise<AgentTools> {
  const path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const present = await Promise.all(TOOLS.map((tool) => isOnPath(tool, path)));
  const standIns = TOOLS.filter((_, index) => force || present[index] !== true);
  if (standIns.length === 0) return { path, standIns };
  await mkdir(folder, { recursive: true });
  for (const tool of standIns) {
    const script = packageFile('demo', 'tools', `${tool}.mjs`);
    // The very Node that runs the replay: the agent's PATH may have none, or an old one.
    const wrapper = `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`;
    await writeFile(join(folder, tool), wrapper, { mode: 0o755 });
  }
  return { path: `${folder}${delimiter}${path}`, standIns };
}

async function isOnPath(tool: string, path: string): Promise<boolean> {
  const found = path.split(delimiter).map((folder) =>
    access(join(folder, tool), constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
