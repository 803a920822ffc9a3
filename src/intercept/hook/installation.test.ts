import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '#action/action';
import { trustKeys } from './codex/installation.js';
import { InstallationError } from './errors.js';
import { type HookTerms, LEVELS, type Places, type SettingsFile } from './installation.js';
import { INSTALLATIONS } from './installations.js';
import { parseSettings, withItem, withMember, without } from './json-text.js';

const PLACES: Places = { platform: 'linux', root: '', home: '/home/dana', project: '/repo', homes: {} };
const TERMS: HookTerms = {
  address: '127.0.0.1:7371',
  client: '/home/dana/.local/share/firebreak/hook-client',
  version: '2.1.329',
  trust: new Map([
    ['/home/dana/.codex/hooks.json:pre_tool_use:0:0', 'sha256:aa'],
    ['/home/dana/.codex/hooks.json:session_start:0:0', 'sha256:bb'],
  ]),
};

const FILES: readonly { readonly name: string; readonly file: SettingsFile }[] = INSTALLATIONS.flatMap((installation) =>
  LEVELS.flatMap((level) =>
    installation
      .files(level, PLACES)
      .map((file) => ({ name: `${installation.dialect.agent} ${level} ${file.path}`, file })),
  ),
);

describe.each(FILES)('$name', ({ file }) => {
  const fresh = file.install(undefined, TERMS);

  test('a second time there is nothing to do', () => expect(file.install(fresh, TERMS)).toBe(fresh));

  test('nothing is left when it is taken out of a file that was ours', () =>
    expect(file.remove(fresh)).toBeUndefined());

  test('what is installed is found again', () => {
    if (file.hooks === undefined) return expect(file.path).toMatch(/\.toml$|^\/etc\/firebreak\//);
    const hooks = file.hooks(fresh);
    expect(hooks.length).toBeGreaterThan(0);
    for (const hook of hooks) {
      if (hook.kind === 'command') expect(hook.command).toContain(` ${hook.event} `);
      if (hook.kind === 'http') expect(hook.url).toContain(`/${hook.event}`);
    }
  });

  test('another address replaces the first, and leaves no second hook', () => {
    const moved = file.install(fresh, { ...TERMS, address: '127.0.0.1:9999' });
    expect(moved).not.toContain('7371');
    expect(file.install(moved, TERMS)).toBe(fresh);
  });
});

const JSON_FILES = FILES.filter(({ file }) => /(settings|hooks|opencode)\.json$/.test(file.path));

describe.each(JSON_FILES)('people have settings of their own: $name', ({ file }) => {
  const OWN = `{
\t"theme": "dark",   "list": [1,2,
  3],
\t"hooks": {
\t\t"PreToolUse": [ {"matcher": "Bash", "hooks": [ {"type":"command","command":"./mine.sh"} ]} ],
\t\t"beforeShellExecution": [{ "command": "./theirs.sh" }]
\t},
\t"last": null
}
`;

  test('they stay as they are, and come back byte for byte', () => {
    const installed = file.install(OWN, TERMS);
    for (const line of OWN.split('\n').slice(0, 4)) expect(installed).toContain(line);
    expect(installed).toContain('{"matcher": "Bash", "hooks": [ {"type":"command","command":"./mine.sh"} ]}');
    const removed = file.remove(installed) ?? '';
    // What had to stand beside the hooks (`version`) may stay; nothing else.
    const left = JSON.parse(removed);
    for (const key of ['version', 'hooksConfig']) delete left[key];
    expect(left).toEqual(JSON.parse(OWN));
    if (!removed.includes('"version"') && !removed.includes('hooksConfig')) expect(removed).toBe(OWN);
  });

  test('they are told that comments cannot be kept apart, and nothing is changed', () => {
    const brokenHooks = file.path.endsWith('opencode.json')
      ? ['{"plugin":1}']
      : ['{"hooks": 1}', '{"hooks":{"PreToolUse":{}}}'];
    for (const broken of ['{ // mine\n}', '{"a": 1,}', '[]', '', '{"a":1,"a":2}', ...brokenHooks]) {
      expect(() => file.install(broken, TERMS), broken).toThrow(InstallationError);
      expect(() => file.remove(broken), broken).toThrow(InstallationError);
    }
  });
});

test("a file of somebody else's in the place of ours is not overwritten", () => {
  for (const { file } of FILES.filter(({ file: { path } }) => /firebreak\.(js|json)$/.test(path))) {
    expect(() => file.install('export const theirs = 1;', TERMS)).toThrow(InstallationError);
    expect(file.remove('export const theirs = 1;')).toBe('export const theirs = 1;');
  }
});

describe('Codex', () => {
  const [hooks, config] = INSTALLATIONS.find(({ dialect }) => dialect.agent === 'codex')?.files('user', PLACES) ?? [];

  test('the keys of its hooks are their places in the file', () => {
    const text =
      hooks?.install('{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"mine"}]}]}}', TERMS) ?? '';
    expect(trustKeys('/f', text)).toEqual([
      '/f:pre_tool_use:1:0',
      '/f:post_tool_use:0:0',
      '/f:user_prompt_submit:0:0',
      '/f:session_start:0:0',
      '/f:session_end:0:0',
    ]);
  });

  test('trust is added at the end of a config.toml, replaced when it is old, and taken out again', () => {
    const own =
      'model = "x"\n\n[hooks.state."/home/dana/.codex/hooks.json:pre_tool_use:0:0"]\ntrusted_hash = "sha256:old"\n\n[mcp]\na = 1\n';
    const installed = config?.install(own, TERMS) ?? '';
    expect(installed).toContain('"sha256:aa"');
    expect(installed).not.toContain('sha256:old');
    expect(installed).toContain('[mcp]\na = 1\n');
    expect(installed.match(/pre_tool_use:0:0/g)).toHaveLength(1);
    expect(config?.remove(installed)).not.toMatch(/sha256/);
  });

  const [, pin] = INSTALLATIONS.find(({ dialect }) => dialect.agent === 'codex')?.files('managed', PLACES) ?? [];

  test.each([
    ['[features]\nhooks = true\n', true],
    ['[other]\na = 1\n[features]\nx = true\nhooks = true # on\n', true],
    ['[other]\na = 1\n', false],
  ])('requirements.toml pins the feature once: %j', (text, already) => {
    const installed = pin?.install(text, TERMS);
    expect(installed?.match(/^hooks = true/gm)).toHaveLength(1);
    expect(installed === text).toBe(already);
    expect(pin?.remove(installed ?? '')).toBe(text);
  });

  test('requirements.toml that turns hooks off is not touched', () => {
    for (const text of ['[features]\nhooks = false\n', 'features = { hooks = false }\n', 'features.hooks = false\n'])
      expect(() => pin?.install(text, TERMS)).toThrow(InstallationError);
  });
});

describe('Claude Code', () => {
  const [file] = INSTALLATIONS.find(({ dialect }) => dialect.agent === 'claude-code')?.files('user', PLACES) ?? [];

  test.each([
    ['2.1.295', 'http'],
    ['3.0.0', 'http'],
    [undefined, 'http'],
    ['2.1.294', 'command'],
    ['2.1.197', 'command'],
    ['1.9.999', 'command'],
  ])('version %s gets a hook of the type %s, for older ones ignore onFailure', (version, kind) => {
    const text = file?.install(undefined, { ...TERMS, version }) ?? '';
    expect(file?.hooks?.(text).map((hook) => hook.kind)).toEqual(Array(kind === 'http' ? 5 : 6).fill(kind));
    expect(text.includes('onFailure')).toBe(kind === 'http');
  });
});

describe('JSON texts', () => {
  const settings = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>, { maxKeys: 5 }); // jsonValue's own type is unknown.
  const layout = fc.constantFrom<string | number | undefined>(undefined, 1, 2, 4, '\t');

  test('what is written in is there, what was there stays, and what is taken out leaves what was', () => {
    fc.assert(
      fc.property(
        settings,
        layout,
        fc.string(),
        fc.jsonValue() as fc.Arbitrary<JsonValue>,
        (value, indent, key, added) => {
          fc.pre(!(key in value) && key !== '__proto__' && !('__proto__' in value));
          const text = JSON.stringify(value, undefined, indent);
          const changed = withMember(text, [], key, added);
          expect(JSON.parse(changed)).toEqual({ ...JSON.parse(text), [key]: JSON.parse(JSON.stringify(added)) });
          expect(JSON.parse(without(changed, [key]))).toEqual(JSON.parse(text));
          if (Object.keys(value).length > 0) expect(without(changed, [key])).toBe(text);
        },
      ),
    );
  });

  test('items of lists likewise', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>), layout, (list, indent) => {
        const text = JSON.stringify({ list }, undefined, indent);
        const changed = withItem(text, ['list'], { a: 1 });
        expect(JSON.parse(changed).list).toEqual([...JSON.parse(text).list, { a: 1 }]);
        expect(JSON.parse(without(changed, ['list', list.length]))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('line ends and marks of order stay', () => {
    expect(withMember('{\r\n\t"a": 1\r\n}\r\n', [], 'b', [2])).toBe(
      '{\r\n\t"a": 1,\r\n\t"b": [\r\n\t\t2\r\n\t]\r\n}\r\n',
    );
    expect(() => parseSettings('\ufeff{}', 'x')).toThrow(InstallationError);
  });
});
