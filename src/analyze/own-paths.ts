/**
 * Paths that no agent may change: Firebreak's own, those that make agents obey it, and credentials of people. Data, so that
 * it can be read; every part of analysis asks here. Pure: it sees names only, so whoever can should ask again with links
 * resolved.
 */
export type OwnPathKind = 'firebreak' | 'hooks' | 'credentials';

export interface OwnPath {
  readonly kind: OwnPathKind;
  /** In words, after "changes" or "reads". */
  readonly what: string;
  /** Reading it is no harm: there is no secret in it. */
  readonly readable: boolean;
}

interface Rule extends OwnPath {
  /**
   * `~/` begins in any home folder, `**` and a slash in any folder, `/` at the root. `*` is any part of one name. A slash at
   * the end: the folder with everything in it.
   */
  readonly paths: readonly string[];
}

const RULES: readonly Rule[] = [
  {
    kind: 'firebreak',
    what: "Firebreak's own state and keys",
    readable: false,
    paths: [
      '~/.local/state/firebreak/',
      '~/.local/share/firebreak/',
      '~/.config/firebreak/',
      '~/Library/Application Support/firebreak/',
      '/etc/firebreak/',
      '/var/lib/firebreak/',
      '/run/firebreak/',
    ],
  },
  { kind: 'firebreak', what: "Firebreak's configuration", readable: true, paths: ['**/firebreak.yaml'] },
  {
    kind: 'hooks',
    what: "Claude Code's hooks and settings",
    readable: true,
    paths: [
      '**/.claude/settings.json',
      '**/.claude/settings.local.json',
      '**/.claude/hooks/',
      '~/.claude/plugins/',
      '/etc/claude-code/',
      '/Library/Application Support/ClaudeCode/',
    ],
  },
  {
    kind: 'hooks',
    what: "Codex's hooks and settings",
    readable: true,
    paths: ['**/.codex/hooks.json', '**/.codex/config.toml', '**/.codex/hooks/', '/etc/codex/'],
  },
  {
    kind: 'hooks',
    what: "Gemini CLI's hooks and settings",
    readable: true,
    paths: [
      '**/.gemini/settings.json',
      '**/.gemini/hooks/',
      '~/.gemini/trustedFolders.json',
      '~/.gemini/extensions/',
      '/etc/gemini-cli/',
      '/Library/Application Support/GeminiCli/',
    ],
  },
  {
    kind: 'hooks',
    what: "opencode's plugins and settings",
    readable: true,
    paths: [
      '**/opencode.json',
      '**/opencode.jsonc',
      '**/.opencode/plugin/',
      '**/.opencode/plugins/',
      '~/.config/opencode/plugin/',
      '~/.config/opencode/plugins/',
      '~/.config/opencode/config.json',
      '/etc/opencode/',
    ],
  },
  {
    kind: 'hooks',
    what: "Cursor's hooks",
    readable: true,
    paths: [
      '**/.cursor/hooks.json',
      '**/.cursor/hooks/',
      '~/.cursor/cli-config.json',
      '/etc/cursor/',
      '/Library/Application Support/Cursor/hooks.json',
    ],
  },
  {
    kind: 'hooks',
    what: "GitHub Copilot's hooks and settings",
    readable: true,
    paths: ['**/.github/hooks/', '~/.copilot/hooks/', '~/.copilot/config.json', '~/.copilot/settings.json'],
  },
  {
    kind: 'credentials',
    what: 'a file of credentials',
    readable: false,
    paths: [
      '~/.ssh/',
      '~/.gnupg/',
      '~/.aws/credentials',
      '~/.aws/sso/',
      '~/.aws/cli/cache/',
      '~/.azure/',
      '~/.boto',
      '~/.cargo/credentials',
      '~/.cargo/credentials.toml',
      '~/.composer/auth.json',
      '~/.config/composer/auth.json',
      '~/.config/containers/auth.json',
      '~/.config/doctl/',
      '~/.config/gcloud/',
      '~/.config/gh/hosts.yml',
      '~/.config/glab-cli/',
      '~/.config/hub',
      '~/.config/op/',
      '~/.config/rclone/',
      '~/.config/configstore/firebase-tools.json',
      '~/.docker/config.json',
      '~/.dockercfg',
      '~/.fly/',
      '~/.gem/credentials',
      '~/.git-credentials',
      '~/.config/git/credentials',
      '~/.heroku/',
      '~/.kaggle/',
      '~/.kube/',
      '~/.local/share/keyrings/',
      '~/Library/Keychains/',
      '~/.m2/settings.xml',
      '~/.my.cnf',
      '~/.mylogin.cnf',
      '~/.neon/',
      '~/.netlify/',
      '~/.netrc',
      '~/_netrc',
      '~/.npmrc',
      '~/.oci/',
      '~/.password-store/',
      '~/.pg_service.conf',
      '~/.pgpass',
      '~/.pypirc',
      '~/.railway/',
      '~/.s3cfg',
      '~/.supabase/',
      '~/.terraform.d/credentials.tfrc.json',
      '~/.terraformrc',
      '~/.vault-token',
      '~/.vercel/',
      '~/.yarnrc.yml',
      '~/.claude/.credentials.json',
      '~/.codex/auth.json',
      '~/.gemini/oauth_creds.json',
      '~/.local/share/opencode/auth.json',
    ],
  },
];

interface Compiled {
  readonly rule: Rule;
  readonly anchor: 'home' | 'anywhere' | 'root';
  readonly names: readonly RegExp[];
  readonly folder: boolean;
}

const COMPILED: readonly Compiled[] = RULES.flatMap((rule) => rule.paths.map((path) => compile(rule, path)));

/**
 * What a path is to Firebreak; undefined: nothing.
 *
 * @param path absolute and normalised. Letter case does not count, for there are file systems where it does not.
 * @param home of the person; `/root`, `/home/*` and `/Users/*` count as homes too.
 * @param below also when something protected lies below this path: it is deleted or moved with all that is in it.
 */
export function ownPath(path: string, home: string, below = false): OwnPath | undefined {
  const names = namesOf(path);
  const homes = homesIn(names, namesOf(home));
  return COMPILED.find((one) => {
    switch (one.anchor) {
      case 'root':
        return fits(one, names, below, 0);
      case 'home':
        return homes.some((length) => fits(one, names.slice(length), below, 1));
      case 'anywhere':
        // Something like it may lie in every folder, so at least the folder that it needs must be named.
        return names.some((_, index) => fits(one, names.slice(index), below, 1));
    }
    return false;
  })?.rule;
}

/** As `ownPath`, by its kind alone. */
export function ownPathKind(path: string, home: string, below = false): OwnPathKind | undefined {
  return ownPath(path, home, below)?.kind;
}

/** @param least how many names a path must have to be the folder above a protected one. */
function fits({ names: wanted, folder }: Compiled, names: readonly string[], below: boolean, least: number): boolean {
  const common = Math.min(wanted.length, names.length);
  if (!wanted.slice(0, common).every((name, index) => name.test(names[index] ?? ''))) return false;
  if (names.length === wanted.length) return true;
  return names.length > wanted.length ? folder : below && names.length >= least;
}

/** How many names lead to a home folder that this path lies in. */
function homesIn(names: readonly string[], home: readonly string[]): readonly number[] {
  const found: number[] = [];
  if (home.length > 0 && home.every((name, index) => name === names[index])) found.push(home.length);
  const [first] = names;
  if (first === 'root') found.push(1);
  if ((first === 'home' || first === 'users') && names.length > 1) found.push(2);
  return found;
}

function namesOf(path: string): readonly string[] {
  return path.toLowerCase().split('/').filter(Boolean);
}

function compile(rule: Rule, path: string): Compiled {
  const [anchor, rest] = path.startsWith('~/')
    ? (['home', path.slice(2)] as const)
    : path.startsWith('**/')
      ? (['anywhere', path.slice(3)] as const)
      : (['root', path] as const);
  const names = namesOf(rest).map((name) => new RegExp(`^${name.split('*').map(escapePattern).join('.*')}$`, 's'));
  return { rule, anchor, names, folder: path.endsWith('/') };
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
