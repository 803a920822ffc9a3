/** The table of docs/architecture.md as a test: who may import whom, what pure folders never touch, no install scripts. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A folder of src/, and the folders it may import. What is not listed here may not exist. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  action: ['base'],
  wire: ['action', 'base'],
  analyze: ['action', 'base'],
  policy: ['action', 'base'],
  approve: ['action', 'base'],
  resolve: ['action', 'base'],
  secrets: ['action', 'base'],
  record: ['action', 'base'],
  launch: ['action', 'base'],
  protect: ['action', 'base'],
  pipeline: ['action', 'analyze', 'resolve', 'policy', 'approve', 'protect', 'record', 'base'],
  'intercept/postgres': ['action', 'wire', 'base'],
  'intercept/http': ['action', 'wire', 'base'],
  'intercept/hook': ['action', 'base'],
  // It implements the interfaces that these folders declare.
  store: ['action', 'approve', 'pipeline', 'protect', 'record', 'secrets', 'base'],
  web: ['action', 'approve', 'record', 'protect', 'base'],
  cli: ['action', 'approve', 'record', 'protect', 'base'],
  // The composition root sees everything.
  daemon: ['*'],
};

/** Folders whose code computes and does nothing else. */
const PURE = ['action', 'wire', 'analyze', 'policy'];

const IMPURE_MODULES =
  /^(?:node:)?(?:fs|fs\/promises|net|http|http2|https|tls|dns|dgram|child_process|worker_threads|cluster|os|process|timers.*)$|^(?:undici|pg|pino)$/;
const IMPURE_WORDS: readonly [RegExp, string][] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, 'the clock'],
  [/\bprocess\.(env|argv|hrtime|cwd|stdin|stdout|stderr|exit)\b/, 'the process'],
  [/\b(setTimeout|setInterval|setImmediate|fetch)\(/, 'timers or the network'],
  [/\bMath\.random\(|\brandomBytes\(|\brandomUUID\(/, 'randomness'],
];

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourceOf(file: string, text: string): Source {
  const [first = '', second = ''] = file.split('/');
  const folder = first.endsWith('.ts') ? '' : first === 'intercept' ? `intercept/${second}` : first;
  // Static and dynamic imports, re-exports and types alike.
  const imports = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1] ?? '');
  return { path: `src/${file}`, folder, text, imports };
}

function sources(): readonly Source[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter(
      (file) =>
        file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.case.ts') && !file.endsWith('.d.ts'),
    )
    .map((file) => sourceOf(file, readFileSync(join(ROOT, 'src', file), 'utf8')));
}

const ALL = sources();
/** Without comments and texts, so that a word in a message is no use of it. */
const codeOf = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, ' ');

test('there are sources to look at, and every folder is in the table', () => {
  expect(ALL.length).toBeGreaterThan(100);
  const unknown = ALL.filter(({ folder }) => folder !== '' && !(folder in MAY_IMPORT)).map(({ path }) => path);
  expect(unknown).toEqual([]);
});

/** What a source imports and may not. */
function importOffences({ path, folder, imports }: Source): readonly string[] {
  const allowed = MAY_IMPORT[folder] ?? [];
  const may = (specifier: string): boolean => {
    if (specifier.startsWith('#')) {
      const [first = '', second = ''] = specifier.slice(1).split('/');
      const target = first === 'intercept' ? `${first}/${second}` : first;
      return allowed.includes('*') || target === folder || allowed.includes(target);
    }
    if (!specifier.startsWith('.')) return true;
    // Relative imports stay inside their folder, so that every crossing is visible as `#folder/file`.
    return !relative(join(ROOT, 'src', folder), join(ROOT, dirname(path), specifier)).startsWith('..');
  };
  return imports.filter((specifier) => !may(specifier)).map((specifier) => `${path} imports ${specifier}`);
}

/** What a source of a pure folder uses and may not. */
function impurities({ path, imports, text }: Source): readonly string[] {
  const modules = imports.filter(
    (specifier) => IMPURE_MODULES.test(specifier) || /^#base\/(durable-file|ids|clock)$/.test(specifier),
  );
  const code = codeOf(text);
  const words = IMPURE_WORDS.filter(([pattern]) => pattern.test(code)).map(([, what]) => what);
  return [...modules, ...words].map((what) => `${path} uses ${what}`);
}

test('the checks catch what they are for', () => {
  const bad = (file: string, text: string) => sourceOf(file, text);
  expect(importOffences(bad('intercept/http/x.ts', "import { decide } from '#policy/decide';"))).toHaveLength(1);
  expect(
    importOffences(bad('intercept/http/x.ts', "import type { A } from '#intercept/postgres/session';")),
  ).toHaveLength(1);
  expect(importOffences(bad('intercept/http/x.ts', "export { B } from '../postgres/session.js';"))).toHaveLength(1);
  expect(importOffences(bad('record/x.ts', "await import('#store/log-files');"))).toHaveLength(1);
  expect(impurities(bad('wire/x.ts', "import { readFileSync } from 'node:fs';"))).toHaveLength(1);
  expect(impurities(bad('policy/x.ts', 'const now = Date.now();'))).toHaveLength(1);
  expect(impurities(bad('analyze/x.ts', "const home = process.env['HOME'];"))).toHaveLength(1);
  expect(impurities(bad('analyze/x.ts', '// reads Date.now()'))).toHaveLength(0);
});

describe('imports', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only what the table allows', (folder) => {
    expect(ALL.filter((source) => source.folder === folder).flatMap(importOffences)).toEqual([]);
  });

  test('nobody but the pipeline mints permits', () => {
    const users = ALL.filter(({ text }) => /\bmintPermit\b/.test(text)).map(({ path }) => path);
    expect(users.sort()).toEqual(['src/pipeline/execution.ts', 'src/pipeline/permit.ts']);
  });

  test('secrets are revealed only where they leave for their upstream or are written down encrypted', () => {
    const revealing = new Set(ALL.filter(({ text }) => /\.reveal\(\)/.test(codeOf(text))).map(({ folder }) => folder));
    const allowed = [
      'approve',
      'daemon',
      'intercept/http',
      'intercept/postgres',
      'protect',
      'record',
      'resolve',
      'secrets',
    ];
    expect([...revealing].filter((folder) => !allowed.includes(folder))).toEqual([]);
  });
});

describe('pure folders', () => {
  test.each(PURE)('%s touches no file, network, clock, process or randomness', (folder) => {
    const offences = ALL.filter((source) => source.folder === folder).flatMap(impurities);
    expect(offences).toEqual([]);
  });
});

describe('what is written down is held to', () => {
  const named = ALL.flatMap(({ path, text }) =>
    [...text.matchAll(/FAIL-CLOSED:\s*([\s\S]*?)(?:\n\s*\*?\/?\s*\n|\n(?!\s*(?:\/\/|\*)))/g)].map((match) => ({
      path,
      sentence: match[1] ?? '',
    })),
  );

  test('FAIL-CLOSED comments say what happens', () => {
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ sentence }) => sentence.trim().length < 20)).toEqual([]);
  });

  test('no file is over 300 lines without a reason in its first line', () => {
    const long = ALL.filter(
      ({ text }) => text.split('\n').length > 301 && !/long because|over 300 lines|one table/i.test(text.slice(0, 400)),
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('no file is called utils, helpers, manager or types', () => {
    expect(ALL.filter(({ path }) => /(utils?|helpers?|manager|types)\.ts$/.test(path)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

describe('the runtime tree', () => {
  interface Locked {
    readonly dev?: boolean;
    readonly optional?: boolean;
    readonly hasInstallScript?: boolean;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const runtime = Object.entries(lock.packages).filter(([path, locked]) => path !== '' && locked.dev !== true);

  /**
   * The one package that carries an install script, which is never run (`allowScripts` in package.json says no): it brings
   * its binaries along, and the script would only look for a compiler when they are missing. See
   * docs/decisions/0004-sqlite-driver.md.
   */
  const EXEMPT = ['node_modules/@photostructure/sqlite'];

  // A registry that lacks a package for another platform makes npm leave it out of the lock file, and `npm ci` then refuses
  // on every platform.
  test('every optional dependency is locked, also those for other platforms', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('no package has an install script that could run', () => {
    const scripts = runtime.filter(([, locked]) => locked.hasInstallScript === true).map(([path]) => path);
    expect(scripts.filter((path) => !EXEMPT.includes(path))).toEqual([]);
    const { allowScripts }: { allowScripts: Record<string, boolean> } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
    expect(Object.values(allowScripts)).not.toContain(true);
    for (const path of EXEMPT) expect(allowScripts[path.slice('node_modules/'.length)]).toBe(false);
  });

  test('the exempt package works with what it brings along', async () => {
    const prebuilt = readdirSync(join(ROOT, 'node_modules/@photostructure/sqlite/prebuilds'));
    expect(prebuilt).toEqual(expect.arrayContaining(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']));
    expect(readdirSync(join(ROOT, 'node_modules/@photostructure/sqlite'))).not.toContain('build');
    const { DatabaseSync } = await import('@photostructure/sqlite');
    const database = new DatabaseSync(':memory:');
    expect(database.prepare('select 1 + 1 as two').get()).toEqual({ two: 2 });
    database.close();
  });

  test('no package is under the AGPL', () => {
    const agpl = runtime.flatMap(([path, locked]) => {
      try {
        const { license }: { license?: unknown } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
        return /AGPL/i.test(String(license)) ? [path] : [];
      } catch (error) {
        // An optional package for another platform is not installed here.
        if (locked.optional === true) return [];
        throw error;
      }
    });
    expect(agpl).toEqual([]);
  });
});
