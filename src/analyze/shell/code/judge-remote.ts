/** Calls of libraries that reach something else than this machine: databases through their models, clouds through their SDKs. */
import type { Finding } from '../finding.js';
import { type Call, jsonOf, type Value } from './value.js';

/** Methods that nothing but a database has. */
const DATABASE =
  /^(?:deleteMany|deleteOne|findOneAndDelete|findByIdAndDelete|findByIdAndRemove|dropDatabase|dropCollection|dropIndex|dropIndexes|drop_database|drop_collection|drop_index|drop_indexes|delete_many|delete_one|find_one_and_delete|destroy_all|delete_all|destroy_by|delete_by|delete_if_exists|drop_all|drop_tables|dropAllSchemas|dropAllTables|dropTable|dropTableIfExists|drop_table|dropSchema|dropSchemaIfExists|dropColumn|dropIfExists|drop_column|drop_database!|truncate_tables|flushall|flushdb|flush_all|flushAll|flushDb|flushDB|forceDelete|bulk_delete|bulkDelete|delete_topics|deleteTopics|deleteRecords|delete_index|deleteIndex|delete_by_query|deleteByQuery|batch_delete|purge_queue|purgeQueue|queue_delete|queue_purge|migrate_down|remove_all)$/u;
const CLOUD =
  /^(?:boto3|botocore|aioboto3|AWS|Aws|google\.cloud|googleapiclient|azure|kubernetes|stripe|docker|digitalocean|hcloud|linode_api4|github|gitlab|cloudflare|Cloudflare|heroku3|openstack|oci|firebase_admin|supabase|redis|Redis|ioredis|pymongo|elasticsearch|consul|etcd3|hvac|kafka|pika|twilio|railway|client|k8s)\b/u;
const TAKES_AWAY =
  /^(?:delete|remove|destroy|drop|terminate|purge|truncate|empty|flush|deregister|deprovision|release|revoke|unlink|schedule|stop|shutdown|cancel|wipe|reset)(?=$|_|[A-Z])/u;
const AWS_COMMAND =
  /^(?:@aws-sdk\/.*\.)?(?:Delete|Terminate|Destroy|Purge|Remove|Deregister|Release|Empty|ScheduleKeyDeletion)\w*Command$/u;

export function judgeRemote(call: Call): readonly Finding[] {
  const name = call.path.slice(call.path.lastIndexOf('.') + 1);
  if (DATABASE.test(name) || deletesQuery(call, name)) return [destroyed('database', 'data of a database', call, name)];
  if (AWS_COMMAND.test(call.path)) return [destroyed('cloud', 'something of a cloud provider', call, name)];
  if (call.path.includes('.') && TAKES_AWAY.test(name) && fromCloud(call)) {
    return [destroyed('cloud', 'something of a service', call, name)];
  }
  return [];
}

/** `Model.objects.all().delete()`, `supabase.from('t').delete()`, `knex('t').del()`, `Model.destroy({ where })`. */
function deletesQuery(call: Call, name: string): boolean {
  const { path, args } = call;
  const [first] = args;
  if (name === 'delete' || name === 'del') {
    if (/\.objects\b|\.query\b|\.(?:from|table|filter|filter_by|where|all|select_from|scan)\(\)/u.test(path))
      return true;
    if (/^(?:knex|db|trx|DB)(?:\(\))?(?:\..*)?\.del(?:ete)?$/u.test(path))
      return first?.kind !== 'text' || name === 'del';
    return /^prisma\./u.test(path) || /\bprisma\.\w+\.delete$/u.test(path);
  }
  if (name === 'truncate') return /\.table\(\)|^(?:knex|db|DB|[A-Z]\w*\.)/u.test(path);
  if (name === 'drop')
    return (
      /^(?:db|sequelize|mongoose|client|\?)\b|\.(?:collection|get_collection|collections)\(\)/u.test(path) &&
      args.length <= 1
    );
  if (name === 'destroy') return has(first, 'where') || has(first, 'truncate');
  if (name === 'sync') return has(first, 'force');
  return false;
}

function has(value: Value | undefined, name: string): boolean {
  const entry = value?.kind === 'record' ? value.entries.get(name) : undefined;
  return entry !== undefined && !(entry.kind === 'plain' && entry.json === 'false');
}

/** Whatever it is called on comes from the library of a service. */
function fromCloud({ path, target }: Call): boolean {
  if (!CLOUD.test(path)) return false;
  // A container of what was listed there: `client.list.remove(x)`.
  return target !== undefined;
}

function destroyed(kind: string, what: string, call: Call, name: string): Finding {
  const given = [...call.args, ...call.named.values()].map(jsonOf).filter((one) => one !== undefined);
  const words = given.length === 0 ? '' : ` ${given.slice(0, 3).join(', ').slice(0, 120)}`;
  return {
    kind: 'effect',
    verb: 'destroy',
    resource: { kind, name: given[0]?.slice(0, 120) ?? name },
    place: 'remote',
    explain: `deletes ${what}: calls ${name}${words}`,
  };
}
