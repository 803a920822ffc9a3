import { type PretendMachine, pretendMachine } from './pretend-machine.js';

export const HOME = '/home/dana';
export const ROOT = '/home/dana/shop';

/** Dana's machine: her work is the repository `shop`; beside it her home, other folders, and Firebreak itself. */
export function pretendShop(): Promise<PretendMachine> {
  return pretendMachine({
    home: HOME,
    root: ROOT,
    files: {
      [`${ROOT}/.git/config`]: '[core]\n',
      [`${ROOT}/.git/HEAD`]: 'ref: refs/heads/main\n',
      [`${ROOT}/.git/hooks/pre-commit`]: 'npm run lint\n',
      [`${ROOT}/.git/refs/heads/main`]: '0000\n',
      [`${ROOT}/src/index.ts`]: 'x',
      [`${ROOT}/src/util.ts`]: 'x',
      [`${ROOT}/src/my file.ts`]: 'x',
      [`${ROOT}/data/orders.csv`]: 'x',
      [`${ROOT}/notes.txt`]: 'x',
      [`${ROOT}/README.md`]: 'x',
      [`${ROOT}/.env`]: 'A=1',
      [`${ROOT}/app.db`]: 'x',
      [`${ROOT}/packages/api/src/index.ts`]: 'x',
      [`${ROOT}/packages/web/src/index.ts`]: 'x',
      [`${ROOT}/dist`]: { ignored: true },
      [`${ROOT}/node_modules/.bin/tsc`]: 'x',
      [`${ROOT}/link-out`]: { link: '/srv/data' },
      [`${ROOT}/link-home`]: { link: HOME },
      [`${ROOT}/link-file`]: { link: '/srv/data/orders.csv' },
      [`${ROOT}/package.json`]: JSON.stringify({ scripts: { build: 'tsc', test: 'vitest', lint: 'biome check .' } }),
      [`${ROOT}/Makefile`]: 'all: test\n\ntest:\n\tnpm test\n\nclean:\n\trm -rf dist\n',
      [`${ROOT}/scripts/deploy.sh`]: '#!/bin/sh\nls\necho done\n',
      [`${HOME}/Documents/thesis.tex`]: 'x',
      [`${HOME}/photos/a.jpg`]: 'x',
      [`${HOME}/work/other/main.c`]: 'x',
      [`${HOME}/work/other/.git/HEAD`]: 'x',
      [`${HOME}/.bashrc`]: 'x',
      [`${HOME}/.gitconfig`]: 'x',
      [`${HOME}/.config/x/y`]: 'x',
      [`${HOME}/.ssh/id_ed25519`]: 'x',
      [`${HOME}/.aws/credentials`]: 'x',
      [`${HOME}/.local/state/firebreak/vault.json`]: 'x',
      [`${HOME}/.claude/settings.json`]: '{}',
      '/etc/passwd': 'x',
      '/srv/data/orders.csv': 'x',
      '/usr/bin/env': 'x',
      '/tmp/x': 'x',
      '/tmp/link-home': { link: HOME },
    },
  });
}
