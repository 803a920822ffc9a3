/** Environment variables that make programs run something, whichever program sees them first. */
import { type Argument, knownText } from './argument.js';
import type { Finding } from './finding.js';

/** Their value is a command that a shell runs, or a program with its words. */
const COMMANDS =
  /^(?:PROMPT_COMMAND|EDITOR|VISUAL|FCEDIT|SUDO_EDITOR|SUDO_ASKPASS|PAGER|MANPAGER|GIT_PAGER|GH_PAGER|AWS_PAGER|SYSTEMD_PAGER|PSQL_PAGER|DELTA_PAGER|BAT_PAGER|BROWSER|GIT_EDITOR|GIT_SEQUENCE_EDITOR|GIT_SSH|GIT_SSH_COMMAND|GIT_ASKPASS|SSH_ASKPASS|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|KUBE_EDITOR|PSQL_EDITOR|HGEDITOR|SVN_EDITOR|SVN_SSH|CVS_RSH|RSYNC_RSH|RSYNC_CONNECT_PROG|LESSOPEN|LESSCLOSE|npm_config_(?:script_shell|editor|git|shell|browser))$/iu;

/** A shell expands their value before it shows it. */
const PROMPTS = /^(?:PS[0-4]|PROMPT|RPROMPT)$/u;

/** Options that a program takes from its environment, where these run something or take something away. */
const OPTIONS: Readonly<Record<string, RegExp>> = {
  MAKEFLAGS: /--eval|\bSHELL\s*=|^E|\s-E|-f/u,
  GNUMAKEFLAGS: /--eval|\bSHELL\s*=|-E|-f/u,
  MAKEFILES: /./u,
  TAR_OPTIONS: /--(?:to-c|checkpoint-a|use-c|remove|rsh|rmt|info-s|new-v|recursive-u)|(?:^|\s)-[A-Za-z]*[IF]/u,
  ZIPOPT: /m|TT/u,
  RSYNC_OPTIONS: /--del|--remove/u,
  PERL5OPT: /[;({]/u,
  JAVA_TOOL_OPTIONS: /OnOutOfMemoryError|OnError/u,
  _JAVA_OPTIONS: /OnOutOfMemoryError|OnError/u,
};

/** What comes of a variable with this value. Benign settings (`EDITOR=true`, `PAGER=cat`) come to harmless commands. */
export function variableFindings(name: string, value: Argument): readonly Finding[] {
  const text = knownText(value);
  // What nobody knows is the user's own setting, passed on.
  if (text === undefined || text === '') return [];
  const by = name;
  if (COMMANDS.test(name)) return [{ kind: 'shell', text: { ...value, text: text.replace(/^[|-]+/u, '') }, by }];
  if (PROMPTS.test(name) && /\$\(|`/u.test(text))
    return [{ kind: 'shell', text: { ...value, text: `: "${text}"` }, by }];
  if (name.startsWith('BASH_FUNC_')) return [{ kind: 'shell', text: { ...value, text: `f ${text}\nf` }, by }];
  if (name === 'BASH_ENV' || name === 'ENV' || name === 'ZDOTDIR') return [script(value, 'shell', by)];
  if (name === 'PYTHONSTARTUP') return [script(value, 'python', by)];
  if (name === 'PERL5DB') return [{ kind: 'code', language: 'perl', text: value, by }];
  if (name === 'NODE_OPTIONS' || /^npm_config_node_options$/iu.test(name)) return loadedByNode(text);
  if (name === 'RUBYOPT')
    return [...text.matchAll(/(?:^|\s)-r\s*(\.{0,2}\/\S+)/gu)].map(([, path = '']) => script(exact(path), 'ruby', by));
  if (OPTIONS[name]?.test(text) === true)
    return [{ kind: 'opaque', explain: `sets ${name} so that programs run or take away something: ${value.written}` }];
  return [];
}

/** `--require FILE`, `--import FILE|data:...` (node(1)). */
export function loadedByNode(text: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const [, path = ''] of text.matchAll(
    /(?:^|\s)(?:-r|--require|--import|--(?:experimental-)?loader)(?:\s+|=)(\S+)/gu,
  )) {
    const code = /^data:[^,]*,(.*)$/su.exec(path)?.[1];
    if (code !== undefined)
      found.push(
        /^data:[^,]*;base64,/u.test(path)
          ? { kind: 'opaque', explain: 'has Node.js load code that is encoded' }
          : { kind: 'code', language: 'javascript', text: exact(decoded(code)), by: 'NODE_OPTIONS' },
      );
    else if (/^[./]/u.test(path)) found.push(script(exact(path), 'javascript', 'NODE_OPTIONS'));
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It is not encoded.
  }
}

function script(path: Argument, language: 'shell' | 'python' | 'ruby' | 'javascript', by: string): Finding {
  return { kind: 'script', path, language, args: [], by };
}

const exact = (text: string): Argument => ({ text, certainty: 'exact', written: text });
