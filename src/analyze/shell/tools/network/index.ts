import type { Tool } from '../../tool.js';
import { curl } from './curl.js';
import { httpie } from './httpie.js';
import { mosh, parallelSsh, sftp, ssh, sshpass } from './ssh.js';
import { certbot, grpcurl, netcat, nmap, openssl, socat, tunnels } from './talk.js';
import { wget } from './wget.js';

export const NETWORK_TOOLS: readonly Tool[] = [
  curl,
  wget,
  httpie,
  ssh,
  sftp,
  mosh,
  sshpass,
  parallelSsh,
  netcat,
  socat,
  grpcurl,
  openssl,
  nmap,
  certbot,
  tunnels,
];
