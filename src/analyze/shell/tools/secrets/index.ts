import type { Tool } from '../../tool.js';
import { encryption, passwordStores, sops } from './files.js';
import { awsVault, bitwarden, chamber, doppler, environments, infisical, op } from './managers.js';
import { vault } from './vault.js';

export const SECRET_TOOLS: readonly Tool[] = [
  vault,
  op,
  doppler,
  infisical,
  chamber,
  awsVault,
  ...environments,
  bitwarden,
  passwordStores,
  sops,
  encryption,
];
