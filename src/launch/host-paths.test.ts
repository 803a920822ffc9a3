import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { findProgram, homeFolders, realPath, replaceableLink, unixSockets } from './host-paths.js';

let folder: string;
beforeEach(() => {
  folder = realPath(temporaryFolder()) ?? '';
});

describe('home folders', () => {
  test('HOME comes first, and the real one is never forgotten', () => {
    expect(homeFolders(folder)).toEqual([folder, realPath(userInfo().homedir)]);
  });

  test.each(['', '/', 'relative', '/nonexistent/home'])('an odd HOME `%s` counts for nothing', (home) => {
    expect(homeFolders(home)).toEqual([realPath(userInfo().homedir)]);
  });
});

describe('a link that could be made to lead elsewhere', () => {
  test('is found as the last step, in the middle, and behind another link', () => {
    const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')];
    mkdirSync(mine);
    mkdirSync(join(theirs, 'real'), { recursive: true });
    writeFileSync(join(theirs, 'real', 'file'), '');
    symlinkSync(join(theirs, 'real', 'file'), join(theirs, 'last'));
    symlinkSync('real', join(theirs, 'middle'));
    symlinkSync(join(theirs, 'middle'), join(mine, 'outer'));
    expect(replaceableLink(join(theirs, 'last'), [theirs])).toBe(join(theirs, 'last'));
    expect(replaceableLink(join(theirs, 'middle', 'file'), [theirs])).toBe(join(theirs, 'middle'));
    expect(replaceableLink(join(mine, 'outer', 'file'), [theirs])).toBe(join(theirs, 'middle'));
  });

  test('is none when it lies elsewhere, or when there is no link, or nothing at all', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    expect(replaceableLink(join(folder, 'link'), ['/elsewhere'])).toBeUndefined();
    expect(replaceableLink(join(folder, 'file'), [folder])).toBeUndefined();
    expect(replaceableLink(join(folder, 'nothing', 'here'), [folder])).toBeUndefined();
  });

  test('a ring of links ends', () => {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    expect(replaceableLink(join(folder, 'a'), ['/elsewhere'])).toBeUndefined();
    expect(realPath(join(folder, 'a'))).toBeUndefined();
  });
});

describe('a program on PATH', () => {
  test('is taken from the first folder that an agent cannot write in', () => {
    const [theirs, mine] = [join(folder, 'theirs'), join(folder, 'mine')];
    for (const place of [theirs, mine]) {
      mkdirSync(place);
      writeFileSync(join(place, 'tool'), '#!/bin/sh\n');
      chmodSync(join(place, 'tool'), 0o755);
    }
    symlinkSync(join(theirs, 'tool'), join(mine, 'linked'));
    const path = ['.', theirs, mine].join(delimiter);
    expect(findProgram('tool', path, [theirs])).toBe(join(mine, 'tool'));
    expect(findProgram('linked', path, [theirs])).toBeUndefined();
    chmodSync(join(mine, 'tool'), 0o644);
    expect(findProgram('tool', mine, [])).toBeUndefined();
    expect(findProgram('tool', undefined, [])).toBeUndefined();
  });
});

test.runIf(process.platform === 'linux')('Unix sockets with a path are found', async () => {
  const path = join(folder, 'with a space.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  expect(unixSockets()).toContain(path);
});
