/** The environment variables of a session: the person's own, without credentials, with placeholders and doors instead. */
import type { IssuedPlaceholder } from '#action/operations';

export interface SessionVariables {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `host:port` of the HTTPS door as the agent sees it. */
  readonly httpProxy: string | undefined;
  /** `host:port` of the PostgreSQL door as the agent sees it. */
  readonly postgres: string | undefined;
  /** The file with the session's certificate authority and the public ones. */
  readonly caBundle: string;
  readonly placeholders: readonly (IssuedPlaceholder & { readonly variables: readonly string[] })[];
  readonly sessionId: string;
  readonly contained: boolean;
}

/** Names of variables that hold credentials, or the place of a file with some. */
const CREDENTIAL_NAMES = [
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|CONNECTION_?STRING/i,
  /DATABASE_URL|POSTGRES_URL|(_DB_URL|_DSN|_PWD|_PASS|_PAT|_AUTH|_AUTHTOKEN)$/i,
  /^(PGPASSFILE|PGSERVICEFILE|KUBECONFIG|NETRC|DOCKER_CONFIG|CLOUDSDK_CONFIG|NPM_CONFIG_USERCONFIG|DSN)$/i,
];
/** The agent's own way to its model, which it needs to think at all. */
const OWN_MODEL =
  /^(ANTHROPIC|CLAUDE|OPENAI|CODEX|GEMINI|GOOGLE_API_KEY|GOOGLE_GENAI|OPENROUTER|MISTRAL|CURSOR|COPILOT|GITHUB_COPILOT)/;
/** What is a credential whatever the variable is called. */
const CREDENTIAL_VALUES = [
  /[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:[^/@\s]+@/i, // A URL with a password.
  /[?&;]password=[^&;\s]/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(gh[opsur]_\w{30}|github_pat_\w{20}|glpat-[\w-]{20}|xox[abposr]-[\w-]{10}|[sr]k_live_\w{16}|npm_\w{36}|AKIA[0-9A-Z]{16}\b)/,
];

/** Variables with which programs find their certificate authorities. */
const CA_VARIABLES = [
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'CURL_CA_BUNDLE',
  'DENO_CERT',
  'GIT_SSL_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE',
];

/** The person's own proxies: with them an agent would look for another way out. */
const FOREIGN_ROUTES = /^(all|ftp|rsync|http|https|no)_proxy$/i;

/** Lead to what a contained session cannot see: sockets of the desktop and of key agents, another temporary folder. */
const OUT_OF_REACH =
  /^(TMPDIR|TMP|TEMP|TMUX|TMUX_PANE|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO)$/;

/** @returns the variables, and the names of those that were taken out because they look like credentials. */
export function sessionVariables(session: SessionVariables): {
  readonly variables: Record<string, string>;
  readonly withheld: readonly string[];
} {
  const variables: Record<string, string> = {};
  const withheld: string[] = [];
  for (const [name, value] of Object.entries(session.inherited)) {
    if (value === undefined || name.startsWith('FIREBREAK_') || FOREIGN_ROUTES.test(name)) continue;
    if (session.contained && OUT_OF_REACH.test(name)) continue;
    if (value !== '' && isCredential(name, value)) withheld.push(name);
    else variables[name] = value;
  }
  if (session.httpProxy !== undefined) {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
      variables[name] = `http://${session.httpProxy}`;
    for (const name of ['NO_PROXY', 'no_proxy']) variables[name] = '127.0.0.1,localhost,::1';
    for (const name of CA_VARIABLES) variables[name] = session.caBundle;
    variables['NODE_USE_ENV_PROXY'] = '1'; // Node.js 24 and newer: fetch() minds the proxy.
  }
  for (const { kind, text, database, variables: names } of session.placeholders) {
    const value = kind === 'postgres' ? `postgresql://agent:${text}@${session.postgres}/${database ?? ''}` : text;
    for (const name of names) variables[name] = value;
  }
  variables['FIREBREAK_SESSION'] = session.sessionId;
  return { variables, withheld: withheld.sort() };
}

function isCredential(name: string, value: string): boolean {
  if (CREDENTIAL_VALUES.some((pattern) => pattern.test(value))) return true;
  return CREDENTIAL_NAMES.some((pattern) => pattern.test(name)) && !OWN_MODEL.test(name);
}
