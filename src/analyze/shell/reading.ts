/** Programs that only read and print, whatever they are given. What else they do is found by their tool. */
const READING = new Set(
  (
    'awk basename bat cal cat cksum cmp column comm cut date df diff dig dirname du echo env eza fd file fold free getent ' +
    'getopt grep egrep fgrep head hexdump host hostname id jq join less locate look ls lsb_release lsblk lscpu lsof man md5sum ' +
    'more nl nproc nslookup od paste pgrep ping pr printenv printf ps pwd readlink realpath rev rg sed seq sha1sum sha256sum ' +
    'sha512sum sort stat strings sum tac tail test top tr tree true type uname uniq uptime vmstat w wc whatis whereis which ' +
    'who whoami xxd yq zcat zgrep'
  ).split(' '),
);

const READING_GIT = new Set(
  (
    'status log diff show blame grep ls-files ls-tree ls-remote rev-parse rev-list describe shortlog cat-file ' +
    'name-rev merge-base check-ignore for-each-ref show-ref var version help whatchanged count-objects'
  ).split(' '),
);

/** True when it only reads, as far as its name and first word tell, and nothing else was found. */
export function onlyReads(name: string, words: readonly string[]): boolean {
  return READING.has(name) || (name === 'git' && READING_GIT.has(words.find((word) => !word.startsWith('-')) ?? ''));
}
