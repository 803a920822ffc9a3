import type { Tool } from '../../tool.js';
import { ansible, ansiblePlaybook } from './ansible.js';
import { chef, puppet, salt } from './configured.js';
import { cdk, eksctl, localCluster, samCli, serverless, vagrant } from './deployers.js';
import { docker, dockerCompose } from './docker.js';
import { ceph, nomad } from './fleets.js';
import { argocd, flux, helm, helmfile } from './helm.js';
import { kubectl } from './kubectl.js';
import { containerRuntimes, lxc, proxmox, registries, virsh, virtualBox } from './machines.js';
import { pulumi } from './pulumi.js';
import { terraform } from './terraform.js';

export const INFRASTRUCTURE_TOOLS: readonly Tool[] = [
  terraform,
  pulumi,
  cdk,
  serverless,
  samCli,
  vagrant,
  eksctl,
  localCluster,
  ansible,
  ansiblePlaybook,
  kubectl,
  helm,
  helmfile,
  argocd,
  flux,
  docker,
  dockerCompose,
  nomad,
  ceph,
  salt,
  puppet,
  chef,
  virsh,
  proxmox,
  lxc,
  virtualBox,
  registries,
  containerRuntimes,
];
