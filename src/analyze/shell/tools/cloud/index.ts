import type { Tool } from '../../tool.js';
import { aws } from './aws.js';
import { az } from './azure.js';
import { borg, duplicity, kopia, restic, velero } from './backups.js';
import { flarectl, wrangler } from './cloudflare.js';
import { doctl, exoscale, hcloud, linode, scaleway, vultr } from './clouds.js';
import { aliyun, ibmcloud, oci, openstack } from './enterprise.js';
import { gcloud } from './gcloud.js';
import { bq, gsutil } from './google-storage.js';
import { azcopy, mc, s3cmd, s5cmd } from './object-stores.js';
import { rclone } from './rclone.js';

export const CLOUD_TOOLS: readonly Tool[] = [
  aws,
  gcloud,
  gsutil,
  bq,
  az,
  doctl,
  linode,
  hcloud,
  scaleway,
  vultr,
  exoscale,
  openstack,
  oci,
  ibmcloud,
  aliyun,
  wrangler,
  flarectl,
  rclone,
  s3cmd,
  s5cmd,
  mc,
  azcopy,
  restic,
  borg,
  velero,
  kopia,
  duplicity,
];
