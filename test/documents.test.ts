/** That the documents are true of the code, as far as a test can tell. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '#cli/program';
import { configJsonSchema } from '#daemon/config/config';
import { parseConfig } from '#daemon/config/read-config';
import { createServices } from '#daemon/services';
import { loadPolicies } from '#policy/policy-set';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Every document of the repository, by its path from the root. */
const DOCUMENTS: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The code blocks of a document in one language. */
function blocks(document: string, language: string): readonly string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...read(document).matchAll(fences)].map(([, text = '']) => text);
}

/** The lines between a heading and the next one of its level or above. */
function section(document: string, heading: string): readonly string[] {
  const lines = read(document).split('\n');
  const from = lines.indexOf(heading);
  expect(from, `${document} has \`${heading}\``).toBeGreaterThanOrEqual(0);
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const rest = lines.slice(from + 1);
  const to = rest.findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
  return to < 0 ? rest : rest.slice(0, to);
}

test('links lead to files that exist', () => {
  const dead = DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target.split('#')[0] ?? '')
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(document), target)))
      .map((target) => `${document}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test('tests that the documents name have what is quoted in their titles', () => {
  const files = ['src', 'demo', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${folder}/${name}`),
  );
  let quoted = 0;
  const wrong = DOCUMENTS.flatMap((document) =>
    // `name.test.ts`: "a part of a title", "a part of another"
    [...read(document).matchAll(/`([\w/.-]+\.test\.ts)`:?((?:(?:, | )"[^"]+")*)/g)].flatMap(
      ([, name = '', titles = '']) => {
        const found = files.filter((file) => file === name || file.endsWith(`/${name}`));
        const text = found.map(read).join('\n').replaceAll("\\'", "'");
        const parts = [...titles.matchAll(/"([^"]+)"/g)].map(([, part = '']) => part);
        quoted += parts.length;
        const missing = parts.filter((part) => !text.includes(part) && !isOfEach(part, text));
        return found.length === 0 ? [`${document}: ${name}`] : missing.map((part) => `${document}: ${name}: ${part}`);
      },
    ),
  );
  expect(wrong).toEqual([]);
  expect(quoted).toBeGreaterThan(50);
});

/** True for the title of one case of a `test.each`, whose `%s` stands for its first word. */
function isOfEach(part: string, text: string): boolean {
  return text.includes(part.replace(/^\S+/, '%s'));
}

describe('the import table', () => {
  test('of the architecture is the one that is enforced', () => {
    const enforced = /MAY_IMPORT[^{]*\{([\s\S]*?)\n\};/.exec(read('test/architecture.test.ts'))?.[1] ?? '';
    const expected = [...enforced.matchAll(/^\s*'?([\w/]+)'?: \[(.*?)\],$/gm)].map(([, folder, list = '']) => [
      folder,
      [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name),
    ]);
    const rows = section('docs/architecture.md', '## Folders').join('\n').split('| may import |')[1] ?? '';
    const written = [...rows.matchAll(/^\| ([\w/]+) \| (.*) \|$/gm)].map(([, folder, list = '']) => [
      folder,
      list === 'nothing of ours' ? [] : list === 'everything' ? ['*'] : list.split(', '),
    ]);
    expect(expected.length).toBeGreaterThan(10);
    expect(written).toEqual(expected);
  });

  test('has a row for each folder of src, and says what each is', () => {
    const text = section('docs/architecture.md', '## Folders').join('\n');
    for (const entry of readdirSync(join(ROOT, 'src'), { withFileTypes: true })) {
      if (entry.isDirectory()) expect(text).toContain(`\`${entry.name}`);
    }
  });
});

test('conventions fit on 40 lines', () => {
  const lines = section('CONTRIBUTING.md', '## Conventions').filter((line) => line.trim() !== '');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(40);
});

describe('the configuration', () => {
  const examples = DOCUMENTS.flatMap((document) => blocks(document, 'yaml').map((text) => ({ document, text })));

  test.each(examples)('example of $document is one', ({ document, text }) => {
    expect(parseConfig(text, document).version).toBe(1);
  });

  test('every key is in its guide', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
    const guide = read('docs/guides/configuration.md');
    const keys = [...keysOf(configJsonSchema())];
    expect(keys.length).toBeGreaterThan(25);
    expect(keys.filter((key) => !new RegExp(`\`[^\`\\n]*\\b${key}\\b[^\`\\n]*\``).test(guide))).toEqual([]);
  });
});

/** The names of all properties in a JSON Schema, wherever they stand. */
function keysOf(schema: unknown): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return new Set([...own, ...Object.values(schema).flatMap((part: unknown) => [...keysOf(part)])]);
}

test('example policies load beside the shipped ones', () => {
  const file = (name: string) => ({ name, text: read(name) });
  const examples = DOCUMENTS.flatMap((document) => blocks(document, 'cedar').map((text) => ({ name: document, text })));
  expect(examples.length).toBeGreaterThan(0);
  const shipped = file('policies/default.cedar');
  const { annotations } = loadPolicies(file('policies/firebreak.cedarschema'), [shipped, ...examples]);
  expect(annotations.has('payments.nobody-alone')).toBe(true);
});

describe('the command line', () => {
  const commands = new Map<string, string>();

  async function helpOf(...command: readonly string[]): Promise<string> {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
    try {
      expect(
        await main(
          [...command, '--help'],
          createServices(() => Promise.resolve(0)),
          '0',
        ),
      ).toBe(0);
    } finally {
      spy.mockRestore();
    }
    return written.join('');
  }

  const below = (help: string) =>
    [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+)(?= )/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');

  beforeAll(async () => {
    for (const name of below(await helpOf())) {
      const help = await helpOf(name);
      commands.set(name, help);
      for (const child of below(help)) commands.set(`${name} ${child}`, await helpOf(name, child));
    }
  });

  test('every command is in its guide', () => {
    const guide = read('docs/guides/command-line.md');
    expect(commands.size).toBeGreaterThan(15);
    const missing = [...commands.keys()].filter(
      // `log show` may be called `log [show]`, for it is what `log` does by itself.
      (name) =>
        !guide.includes(`firebreak ${name}`) && !guide.includes(`firebreak ${name.replace(/ (\w+)$/, ' [$1]')}`),
    );
    expect(missing).toEqual([]);
  });

  test('every flag is in its guide', () => {
    const guide = read('docs/guides/command-line.md');
    const flags = new Set(
      [...commands.values()].flatMap((help) => help.match(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm) ?? []),
    );
    expect(flags.size).toBeGreaterThan(15);
    expect([...flags].filter((flag) => !new RegExp(`${flag}\\b`).test(guide))).toEqual([]);
  });

  test('documents print no command and no flag that there is not', () => {
    const wrong = DOCUMENTS.flatMap((document) =>
      blocks(document, 'sh').flatMap((text) =>
        [...text.matchAll(/(?:^|\| )firebreak ([a-z]+)(?: ([a-z]+))?([^\n]*)/gm)].flatMap(
          ([line, name = '', child, rest = '']) => {
            const help = commands.get(`${name} ${child}`) ?? commands.get(name);
            const flags = (rest.split(' -- ')[0] ?? '').match(/--[a-z-]+/g) ?? [];
            return help !== undefined && flags.every((flag) => help.includes(`${flag} `))
              ? []
              : [`${document}: ${line}`];
          },
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('exit statuses are those of the code', async () => {
    const { EXIT } = await import('#cli/terminal');
    const rows = read('docs/guides/command-line.md').match(/^\| \d \|/gm) ?? [];
    expect(rows.map((row) => Number(row.slice(2, 3)))).toEqual(Object.values(EXIT));
  });
});

test('every decision has a number, a context, a choice and a consequence', () => {
  const decisions = readdirSync(join(ROOT, 'docs/decisions')).sort();
  expect(decisions.length).toBeGreaterThan(10);
  decisions.forEach((name, index) => {
    expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
    const text = read(`docs/decisions/${name}`);
    expect(text).toMatch(new RegExp(`^# ${index + 1}\\. `));
    for (const part of ['**Context.**', '**Choice.**', '**Consequence.**']) expect(text, name).toContain(part);
  });
});

test('every runtime dependency has its row in the decision on them', () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(read('package.json'));
  const decision = read('docs/decisions/0012-dependencies.md');
  expect(Object.keys(dependencies).filter((name) => !decision.includes(`\`${name}\``))).toEqual([]);
});
