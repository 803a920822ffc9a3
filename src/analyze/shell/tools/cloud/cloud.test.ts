import { describe, expect, it } from 'vitest';
import { judged } from '../../judged.case.js';
import { CLOUD_TOOLS } from './index.js';

type Row = readonly [line: string, ...found: readonly string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (line, ...found) => {
      expect(judged(CLOUD_TOOLS, line)).toEqual(found);
    });
  });
}

table('aws', [
  ['aws ec2 terminate-instances --instance-ids i-1', 'destroy remote'],
  [
    'aws --profile x --region eu-west-1 rds delete-db-cluster --db-cluster-identifier a --skip-final-snapshot',
    'destroy remote',
  ],
  ['aws ec2 stop-instances --instance-ids i-1', 'destroy remote'],
  ['aws ec2 terminate-instances --instance-ids i-1 --dry-run'],
  ['aws ec2 describe-instances --filters Name=tag:Name,Values=delete-me'],
  ['aws iam get-role --role-name delete-role'],
  ['aws iam list-users --query delete'],
  ['aws rds delete-db-instance help'],
  ['aws ec2 delete-volume --volume-id v --generate-cli-skeleton'],
  ['aws ec2 run-instances --image-id ami-1', 'write remote'],
  ['aws ec2 create-tags --resources i-1 --tags Key=delete,Value=1', 'write remote'],
  ['aws ec2 authorize-security-group-ingress --group-id sg-1 --cidr 0.0.0.0/0', 'grant remote'],
  ['aws iam attach-role-policy --role-name a --policy-arn b', 'grant remote'],
  ['aws iam put-user-policy --user-name a', 'grant remote'],
  ['aws s3api put-bucket-policy --bucket b --policy file://p.json', 'grant remote'],
  ['aws s3api put-object --bucket b --key k --body f', 'write remote'],
  ['aws s3api delete-objects --bucket b --delete file://d.json', 'destroy remote'],
  ['aws s3api list-objects-v2 --bucket delete-bucket'],
  ['aws kms schedule-key-deletion --key-id k', 'destroy remote'],
  ['aws secretsmanager get-secret-value --secret-id s', 'reveal remote'],
  ['aws secretsmanager describe-secret --secret-id s'],
  ['aws ssm get-parameter --name /p'],
  ['aws ssm get-parameter --name /p --with-decryption', 'reveal remote'],
  ['aws sqs purge-queue --queue-url u', 'destroy remote'],
  ['aws sqs receive-message --queue-url u'],
  ['aws sns unsubscribe --subscription-arn a', 'destroy remote'],
  ['aws ecr batch-delete-image --repository-name r --image-ids imageTag=x', 'destroy remote'],
  ['aws ecs update-service --cluster c --service s --desired-count 0', 'destroy remote'],
  ['aws ecs update-service --cluster c --service s --desired-count 2', 'deploy remote'],
  ['aws lambda update-function-code --function-name f --zip-file fileb://z', 'deploy remote'],
  ['aws cloudformation deploy --stack-name s --template-file t', 'deploy remote'],
  ['aws route53 change-resource-record-sets --hosted-zone-id Z --change-batch file://c', 'configure remote'],
  ['aws rds modify-db-instance --db-instance-identifier d --apply-immediately', 'configure remote'],
  ['aws eks update-kubeconfig --name c'],
  ['aws configure set region eu-west-1'],
  ['aws sts get-caller-identity'],
  ['aws dynamodb batch-write-item --request-items \'{"t":[{"DeleteRequest":{}}]}\'', 'destroy remote'],
  ['aws dynamodb batch-write-item --request-items \'{"t":[{"PutRequest":{}}]}\'', 'write remote'],
  ["aws rds-data execute-statement --sql 'drop table a' --resource-arn r", 'sql postgres drop table a'],
  [
    "aws ecs execute-command --cluster c --task t --command 'rm -rf /data'",
    'shell rm -rf /data (in a container of ECS)',
  ],
  ['aws --endpoint-url http://localhost:4566 sqs delete-queue --queue-url q', 'destroy local'],
  ['awslocal dynamodb delete-table --table-name t', 'destroy local'],
  ['aws $SERVICE delete-it', 'opaque'],
  ['aws s3 $COMMAND s3://b', 'opaque'],
  ['aws $OPTIONS s3 ls'],
]);

table('aws s3', [
  ['aws s3 rm s3://b/k', 'destroy remote'],
  ['aws s3 rm s3://b --recursive --dryrun'],
  ['aws s3 rb s3://b --force', 'destroy remote'],
  ['aws s3 sync . s3://b', 'write remote'],
  ['aws s3 sync . s3://b --delete', 'destroy remote'],
  ['aws s3 sync s3://b ./local --delete', 'files delete ./local'],
  ['aws s3 sync s3://b ./local', 'files place ./local'],
  ['aws s3 cp ./f s3://b/f', 'write remote'],
  ['aws s3 cp s3://b/f -'],
  ['aws s3 mv ./f s3://b/f', 'files move ./f', 'write remote'],
  ['aws s3 mv s3://b/a s3://c/a', 'destroy remote', 'write remote'],
  ['aws s3 ls s3://b/rm'],
]);

table('gcloud and its companions', [
  ['gcloud compute instances delete vm --zone z', 'destroy remote'],
  ['gcloud --project delete compute instances list'],
  ['gcloud compute instances list --filter delete'],
  ['gcloud compute instances create delete', 'write remote'],
  ['gcloud run services delete s', 'destroy remote'],
  ['gcloud access-context-manager policies delete p', 'destroy remote'],
  ['gcloud sql instances patch db --tier x', 'configure remote'],
  ['gcloud sql backups restore 1 --restore-instance db', 'destroy remote'],
  ['gcloud sql import sql db gs://b/f', 'destroy remote'],
  ['gcloud projects add-iam-policy-binding p --member m --role r', 'grant remote'],
  ['gcloud secrets versions access latest --secret s', 'reveal remote'],
  ['gcloud config set project p'],
  ['gcloud config unset project'],
  ['gcloud storage rm -r gs://b', 'destroy remote'],
  ['gcloud run deploy s --image i', 'deploy remote'],
  ['gsutil -m rm -r gs://b', 'destroy remote'],
  ['gsutil rsync -d . gs://b', 'destroy remote'],
  ['gsutil rsync -d -n . gs://b'],
  ['gsutil rsync -d gs://b ./local', 'files delete ./local'],
  ['gsutil cp gs://b/f ./f', 'files place ./f'],
  ['gsutil cat gs://b/rm'],
  ['bq rm -r -f d', 'destroy remote'],
  ["bq query --nouse_legacy_sql 'drop table a'", 'sql other drop table a'],
  ["bq query --dry_run 'drop table a'"],
  ['bq ls d'],
]);

table('other clouds', [
  ['az group delete -n rg --yes', 'destroy remote'],
  ['az vm list -g delete'],
  ['az keyvault secret show --vault-name v -n s', 'reveal remote'],
  ['az keyvault purge -n v', 'destroy remote'],
  ['az role assignment create --assignee a --role r', 'grant remote'],
  ['az account set -s x'],
  ['az account management-group delete -n x', 'destroy remote'],
  ['az deployment group what-if -g rg'],
  ['az vm create -n delete -g rg', 'write remote'],
  ['doctl compute droplet delete 1', 'destroy remote'],
  ['doctl d list'],
  ['doctl databases delete x', 'destroy remote'],
  ['doctl kubernetes cluster kubeconfig save c'],
  ['linode-cli linodes delete 1', 'destroy remote'],
  ['linode-cli lke cluster-delete 1', 'destroy remote'],
  ['linode-cli domains records-list 1'],
  ['hcloud server delete a', 'destroy remote'],
  ['hcloud server list'],
  ['openstack server delete a', 'destroy remote'],
  ['openstack server show delete'],
  ['oci os bucket delete --bucket-name b --force', 'destroy remote'],
  ['oci compute instance list --display-name delete'],
  ['ibmcloud ks cluster rm -c x', 'destroy remote'],
  ['ibmcloud iam service-id-delete x', 'destroy remote'],
  ['aliyun ecs DeleteInstance --InstanceId i', 'destroy remote'],
  ['aliyun ecs DescribeInstances'],
]);

table('cloudflare', [
  ['wrangler delete', 'destroy remote'],
  ['wrangler kv:key delete --namespace-id n k', 'destroy remote'],
  ['wrangler kv key get k --namespace-id n'],
  ['wrangler r2 object delete b/k', 'destroy remote'],
  ["wrangler d1 execute db --remote --command 'drop table a'", 'sql sqlite drop table a'],
  ['wrangler d1 execute db --file ./x.sql', 'script ./x.sql'],
  ['wrangler secret delete s --env staging', 'destroy remote staging'],
  ['wrangler deploy --dry-run'],
  ['wrangler deploy', 'deploy remote'],
  ['wrangler dev'],
  ['wrangler tail'],
]);

table('object stores', [
  ['rclone purge r:b', 'destroy remote'],
  ['rclone sync /a r:b', 'destroy remote'],
  ['rclone sync r:b ./a', 'files delete ./a'],
  ['rclone sync /a r:b --dry-run'],
  ['rclone copy /a r:delete', 'write remote'],
  ['rclone ls r:purge'],
  ['rclone move /a r:b', 'files move /a', 'write remote'],
  ['s3cmd del s3://b/k', 'destroy remote'],
  ['s3cmd sync --delete-removed ./a s3://b', 'destroy remote'],
  ['s5cmd rm s3://b/k', 'destroy remote'],
  ['mc rb --force a/b', 'destroy remote'],
  ['mc mirror --remove ./a b/c', 'destroy remote'],
  ['mc ls a/rm'],
  ['azcopy sync ./a https://x --delete-destination=true', 'destroy remote'],
  ['azcopy remove https://x', 'destroy remote'],
]);

table('backups', [
  ['restic forget --keep-last 1 --prune', 'destroy remote'],
  ['restic forget --keep-last 1 --dry-run'],
  ['restic -r delete snapshots'],
  ['borg prune --keep-daily 7 r', 'destroy remote'],
  ['borg delete -n r::a'],
  ['borg list r::delete'],
  ['velero backup delete a --confirm', 'destroy remote'],
  ['velero backup get'],
  ['kopia snapshot delete a --delete', 'destroy remote'],
  ['duplicity remove-older-than 1Y --force u', 'destroy remote'],
]);
