import { describe, expect, test } from 'vitest';
import { bwrapArguments, contains, type Fence } from './contain.js';

const bare: Fence = {
  workspace: '/home/u/shop',
  writable: [],
  scratch: [],
  readOnly: [],
  hiddenFolders: [],
  hiddenFiles: [],
  socketFolder: '/s',
  emptyFile: '/s/empty',
  ownTerminalSession: false,
  seccomp: undefined,
  command: ['agent', '--flag'],
};

/** The mounts in order, as `kind path`. */
function mounts(fence: Partial<Fence>): string[] {
  const args = bwrapArguments({ ...bare, ...fence });
  const found: string[] = [];
  args.slice(0, args.indexOf('--')).forEach((arg, index) => {
    if (arg === '--bind') found.push(`writable ${args[index + 2]}`);
    if (arg === '--tmpfs') found.push(`empty ${args[index + 1]}`);
    if (arg === '--ro-bind') found.push(`${args[index + 1] === '/s/empty' ? 'no file' : 'fixed'} ${args[index + 2]}`);
  });
  return found.filter((mount) => !/ (\/|\/proc\/sys|\/run\/firebreak)$/.test(mount));
}

describe('the order of mounts', () => {
  test('a hidden folder inside the workspace is hidden after the workspace is shown', () => {
    expect(mounts({ hiddenFolders: ['/home/u/shop/state'] })).toEqual([
      'empty /tmp',
      'empty /run',
      'writable /home/u/shop',
      'empty /home/u/shop/state',
    ]);
  });

  test('a workspace inside a hidden or a scratch folder is shown after that is emptied', () => {
    expect(mounts({ workspace: '/tmp/x/shop', hiddenFolders: ['/tmp/x'], readOnly: ['/tmp'] })).toEqual([
      'fixed /tmp',
      'empty /run',
      'empty /tmp/x',
      'writable /tmp/x/shop',
    ]);
  });

  test('of two wishes for one path, the stricter is granted', () => {
    expect(mounts({ readOnly: ['/home/u/shop'], writable: ['/a'], hiddenFolders: ['/a'] })).toEqual([
      'empty /a',
      'empty /tmp',
      'empty /run',
      'fixed /home/u/shop',
    ]);
  });

  test('every folder between the workspace and what is protected in it is a mount, which nobody can rename', () => {
    expect(
      mounts({ hiddenFiles: ['/home/u/shop/a/b/key'], readOnly: ['/home/u/shop/c/firebreak.yaml'] }).sort(),
    ).toEqual([
      'empty /run',
      'empty /tmp',
      'fixed /home/u/shop/c/firebreak.yaml',
      'no file /home/u/shop/a/b/key',
      'writable /home/u/shop',
      'writable /home/u/shop/a',
      'writable /home/u/shop/a/b',
      'writable /home/u/shop/c',
    ]);
  });

  test('what lies in an empty folder is not hidden once more', () => {
    expect(mounts({ hiddenFiles: ['/tmp/agent.sock', '/home/u/.ssh/id'], hiddenFolders: ['/home/u/.ssh'] })).toEqual([
      'empty /tmp',
      'empty /run',
      'writable /home/u/shop',
      'empty /home/u/.ssh',
    ]);
  });
});

test('the command comes last, after the namespaces are named', () => {
  const args = bwrapArguments({ ...bare, seccomp: 3 });
  for (const flag of ['--unshare-net', '--unshare-pid', '--unshare-ipc', '--disable-userns', '--die-with-parent'])
    expect(args.slice(0, args.indexOf('--'))).toContain(flag);
  expect(args.slice(args.indexOf('--') + 1)).toEqual(['agent', '--flag']);
  expect(args.join(' ')).toMatch(/--seccomp 3 /);
  expect(args).not.toContain('--new-session');
  expect(bwrapArguments({ ...bare, ownTerminalSession: true })).toContain('--new-session');
});

test('a folder contains itself and what is below, not what begins with its name', () => {
  expect(contains('/a', '/a')).toBe(true);
  expect(contains('/a', '/a/b')).toBe(true);
  expect(contains('/', '/a')).toBe(true);
  expect(contains('/a', '/ab')).toBe(false);
  expect(contains('/a/b', '/a')).toBe(false);
});
