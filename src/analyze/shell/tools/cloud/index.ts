import type { Tool } from '../../tool.js';
import { aws } from './aws.js';
import { az } from './azure.js';
import { borg, duplicity, kopia, restic, velero } from './backups.js';
import { flarectl, wrangler } from './cloudflare.js';
import { aliyun, doctl, exoscale, hcloud, ibmcloud, linode, oci, openstack, scaleway, vultr } from './clouds.js';
import { gcloud } from './gcloud.js';
import { bq, gsutil } from './google-storage.js';
import { azcopy, mc, rclone, s3cmd, s5cmd } from './object-stores.js';

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
