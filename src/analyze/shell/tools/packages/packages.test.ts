import { describe, expect, test } from 'vitest';
import { told } from '../files/told.case.js';
import { packageTools } from './index.js';
import { judgePackageManager } from './npm.js';

const javascript = { names: ['npm', 'pnpm', 'yarn', 'bun'], judge: judgePackageManager };
const say = (line: string) => told([...packageTools, javascript], line);

describe('registries', () => {
  const published = 'deploy remote package-registry';
  const takenBack = 'destroy remote package-registry no';
  test.each([
    ['npm install x', ''],
    ['npm uninstall delete', ''],
    ['npm cache clean --force', ''],
    ['npm publish', published],
    ['npm publish --dry-run', ''],
    ['npm unpublish x --force', takenBack],
    ['npm --registry y unpublish x', takenBack],
    ['npm deprecate x y', 'configure remote package-registry'],
    ['npm owner ls', ''],
    ['npm owner add me x', 'grant remote package-registry'],
    ['npm dist-tag rm x beta', takenBack],
    ['npm token revoke x', takenBack],
    ['yarn npm publish', published],
    ['cargo publish', published],
    ['cargo publish --dry-run', ''],
    ['cargo yank --version 1 x', takenBack],
    ['cargo build', ''],
    ['gem yank x', takenBack],
    ['gem install x', ''],
    ['twine upload dist/*', published],
    ['uv publish', published],
    ['uv run --with x rm -rf y', 'command rm -rf y'],
    ['uv pip uninstall x', ''],
    ['poetry run -- rm x', 'command rm x'],
    ['dotnet nuget push x', published],
    ['dotnet nuget delete x 1', takenBack],
    ['mvn clean install', ''],
    ['mvn deploy', published],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('systems', () => {
  test.each([
    ['apt install purge', ''],
    ['apt-get remove x', 'write local package'],
    ['apt-get purge x', 'destroy local package'],
    ['apt-get -s purge x', ''],
    ['apt remove systemd', 'destroy local package'],
    ['dnf remove x', 'write local package'],
    ['pacman -S x', ''],
    ['pacman -Rns x', 'destroy local package'],
    ['pacman -Rs x', 'write local package'],
    ['dpkg -P x', 'destroy local package'],
    ['brew uninstall x', 'write local package'],
    ['brew uninstall --zap x', 'destroy local package'],
    ['brew list', ''],
    ['choco uninstall x', 'write local package'],
    ['nix-collect-garbage -d', 'destroy local package'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});
