/** Files that come with the package: the version, the Cedar schema and the shipped policies. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PolicyError } from '#policy/errors';
import { loadPolicies, type PolicyFile, type PolicySet } from '#policy/policy-set';

/** The package's own folder: the nearest one above with a package.json, from sources as from the build. */
export const packageRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

export const packageVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version; // The package's own file.

/**
 * The shipped policies and those that the configuration adds.
 *
 * @param added files or folders, relative to the configuration's folder.
 * @throws PolicyError `POLICY_INVALID`
 */
export function loadAllPolicies(configFolder: string, added: readonly string[]): PolicySet {
  const shipped = join(packageRoot, 'policies');
  const files = [...policyFiles(shipped), ...added.flatMap((path) => policyFiles(resolve(configFolder, path)))];
  return loadPolicies(readPolicy(join(shipped, 'firebreak.cedarschema')), files.map(readPolicy));
}

function policyFiles(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new PolicyError('POLICY_INVALID', `there is no policy file or folder \`${path}\``, {
      hint: 'mend `policies:` in firebreak.yaml',
    });
  }
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.cedar'))
    .sort()
    .map((name) => join(path, name));
}

function readPolicy(path: string): PolicyFile {
  return { name: path, text: readFileSync(path, 'utf8') };
}
