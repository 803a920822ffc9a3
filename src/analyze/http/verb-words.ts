/**
 * Words that name an operation which takes something away or overwrites it. They count only where a protocol puts the
 * name of an operation (a path's last segment, a GraphQL root field, a JSON-RPC method), never inside free text.
 */
const DESTRUCTIVE: ReadonlySet<string> = new Set([
  'clear',
  'decommission',
  'delete',
  'deletes',
  'destroy',
  'detach',
  'drain',
  'drop',
  'erase',
  'evict',
  'failover',
  'flush',
  'force',
  'kill',
  'offline',
  'poweroff',
  'prune',
  'purge',
  'rebuild',
  'recreate',
  'reinstall',
  'remove',
  'reset',
  'restore',
  'revoke',
  'rollback',
  'shutdown',
  'stop',
  'suspend',
  'teardown',
  'terminate',
  'transfer',
  'truncate',
  'uninstall',
  'unpublish',
  'wipe',
]);

/** Two words that mean it only together: `power_off`, `roll_back`, `disable_backups`. */
const DESTRUCTIVE_PAIRS: ReadonlySet<string> = new Set([
  'disable backups',
  'factory reset',
  'power off',
  'roll back',
  'scale down',
  'shut down',
  'tear down',
]);

/** `volumeDelete`, `purge_cache`, `projects:restore` and `HTTPRouteDelete` as their words, in lower case. */
function wordsOf(name: string): string[] {
  return name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** The destructive word in the name of an operation, if it has one. */
export function destructiveWord(name: string): string | undefined {
  const words = wordsOf(name);
  const pair = words
    .map((word, index) => `${word} ${words[index + 1] ?? ''}`)
    .find((two) => DESTRUCTIVE_PAIRS.has(two));
  return pair ?? words.find((word) => DESTRUCTIVE.has(word));
}
