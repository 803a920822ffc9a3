/**
 * The small client that agents start for each hook when they cannot speak HTTP themselves: a shell script, because a shell
 * is there already and starts in a millisecond, where Node needs forty.
 *
 *     hook-client HOST:PORT AGENT EVENT SECONDS < call > answer
 *
 * It hands the daemon's answer on unchanged. Whatever goes wrong, it says no in the agent's own words, because agents let
 * a call pass when their hook fails: FAIL-CLOSED: a daemon that is down, late, cut off or not Firebreak is a denial.
 *
 * bash connects by itself (`/dev/tcp`); without bash it is curl, nc or socat. No option of GNU alone; bash 3.2 will do.
 */
import type { Dialect } from '../dialect.js';

/** The door says this of every answer, so that another server on its port is not taken for it. */
export const ANSWER_MARK = { name: 'x-firebreak-hook', value: '1' } as const;

/** Where programs are looked for: never in a folder that a project can put first. */
export const SEARCH_PATH = '/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin:/run/current-system/sw/bin';

/** An event whose hook is waited for, and what says no to it and yes. */
export interface ClientEvent {
  readonly dialect: Dialect;
  readonly event: string;
  /** A call waits for the answer; for what is only told, silence does no harm. */
  readonly gates: boolean;
}

/** Stands for the reason in a denial; JSON does not escape it. */
const REASON = '@REASON@';

/**
 * The script's text.
 *
 * @param events every event that hooks are installed for
 * @param searchPath for tests of what is missing
 */
export function hookClientScript(events: readonly ClientEvent[], searchPath = SEARCH_PATH): string {
  const words = events.map(({ dialect, event, gates }) => {
    const said = dialect.answer(event, gates ? { kind: 'deny', reason: REASON } : { kind: 'allow' });
    return `  ${dialect.agent}/${event}) no=${quoted(said)} ;;`;
  });
  return SCRIPT.replace('@PATH@', searchPath)
    .replace('@WORDS@', words.join('\n'))
    .replaceAll('@MARK@', `${ANSWER_MARK.name}: ${ANSWER_MARK.value}`);
}

/**
 * The command line for an agent's settings. When the client itself is missing or broken, the shell says no.
 *
 * @param client the script's absolute path
 * @param seconds the client's own deadline: below the agent's, above the door's patience
 */
export function hookCommand(
  client: string,
  address: string,
  { dialect, event, gates }: ClientEvent,
  seconds: number,
): string {
  const call = `${word(client)} ${address} ${dialect.agent} ${event} ${seconds}`;
  const instead = dialect.answer(event, gates ? { kind: 'deny', reason: CLIENT_GONE } : { kind: 'allow' });
  return `${call} || printf '%s' ${quoted(instead)}`;
}

const CLIENT_GONE =
  'Firebreak: its hook client did not run, so nothing was allowed. Tell the person you work for: firebreak doctor.';

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function word(path: string): string {
  return /^[A-Za-z0-9_./@%+=:,-]+$/.test(path) ? path : quoted(path);
}

const SCRIPT = `#!/bin/sh
# Firebreak's hook client. Written by \`firebreak init\`; do not edit.
PATH='@PATH@'; LC_ALL=C; IFS=' '; export PATH LC_ALL
unset BASH_ENV ENV CDPATH
if [ -z "\${BASH_VERSION-}" ] && command -v bash >/dev/null; then exec bash --noprofile --norc "$0" "$@"; fi
address=\${1-} agent=\${2-} event=\${3-} seconds=\${4-60}
case "$agent/$event" in
@WORDS@
  *) no='{"decision":"deny","permission":"deny","permissionDecision":"deny","reason":"${REASON}"}' ;;
esac

if [ -n "\${BASH_VERSION-}" ]; then cr=$'\\r'; else cr=$(printf '\\r'); fi

# Says no, in words that need no escaping in JSON.
refuse() {
  why="Firebreak $1, so nothing was allowed. Tell the person you work for: firebreak doctor."
  while :; do
    case $no in *${REASON}*) no="\${no%%${REASON}*}$why\${no#*${REASON}}" ;; *) break ;; esac
  done
  [ -z "$no" ] || printf '%s\\n' "$no"
  exit 0
}

# Hands on what the daemon said, if it said all of it.
answer() {
  case $1 in *"$cr
$cr
"*) ;; *) refuse 'sent no answer' ;; esac
  text=\${1#*"$cr
$cr
"}
  head=\${1%%"$cr
$cr
"*}$cr
  case $head in 'HTTP/1.1 200 '*) ;; *) refuse 'answered with an error' ;; esac
  case $head in *"
@MARK@$cr"*) ;; *) refuse 'was not what answered on its port' ;; esac
  case $head in *"
content-length: \${#text}$cr"*) ;; *) refuse 'was cut off' ;; esac
  case $text in '{'*'}') printf '%s\\n' "$text" ;; '') ;; *) refuse 'sent something unreadable' ;; esac
  exit 0
}

case $address in *:*) ;; *) refuse 'was not named an address' ;; esac
host=\${address%:*} port=\${address##*:}
session=
case \${FIREBREAK_SESSION-} in ''|*[!A-Za-z0-9_-]*) ;; *) session="x-firebreak-session: $FIREBREAK_SESSION" ;; esac

request() {
  printf 'POST /v1/hooks/%s/%s HTTP/1.1\\r\\nhost: %s\\r\\n%scontent-type: application/json\\r\\nconnection: close\\r\\ncontent-length: %s\\r\\n\\r\\n%s' \\
    "$agent" "$event" "$address" "\${session:+$session$cr
}" "\${#body}" "$body"
}

if [ -z "\${BASH_VERSION-}" ]; then
  body=$(cat)
  end='
@END '
  if curl=$(command -v curl); then
    reply=$(printf %s "$body" | "$curl" -q -s -i --http1.1 --noproxy '*' --max-time "$seconds" -X POST --data-binary @- \\
      -H 'content-type: application/json' -H 'expect:' \${session:+-H} \${session:+"$session"} \\
      "http://$address/v1/hooks/$agent/$event"; printf '%s%s' "$end" "$?")
  elif command -v timeout >/dev/null && command -v nc >/dev/null; then
    reply=$(request | timeout "$seconds" nc "$host" "$port"; printf '%s%s' "$end" "$?")
  elif command -v timeout >/dev/null && command -v socat >/dev/null; then
    reply=$(request | timeout "$seconds" socat -t "$seconds" - "TCP:$address"; printf '%s%s' "$end" "$?")
  else
    refuse 'found neither bash nor curl nor nc to reach its daemon with'
  fi
  status=\${reply##*"$end"}
  [ "$status" = 0 ] || refuse 'could not be reached in time: is the daemon running'
  answer "\${reply%"$end"*}"
fi

# From here on bash alone, which reads a script as it goes. What may hang is in a process of its own.
set +o posix
exec 5< <(
  exec 2>/dev/null
  trap '' PIPE
  body=$(cat)
  exec 3<>"/dev/tcp/$host/$port" || exit 1
  request >&3 || exit 1
  exec cat <&3
)
worker=$!
IFS= read -r -d '' -t "$seconds" reply <&5
status=$?
[ "$status" -le 128 ] || { kill "$worker" 2>/dev/null; refuse 'did not answer in time'; }
[ -n "$reply" ] || refuse 'could not be reached: is the daemon running'
[ "$status" -ne 0 ] || refuse 'sent something unreadable'
answer "$reply"
`;
