/** The environment variables of a session: the person's own, without credentials, with placeholders and doors instead. */
import type { IssuedPlaceholder } from '#action/operations';

export interface SessionVariables {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `host:port` of the HTTPS door as the agent sees it. */
  readonly httpProxy: string | undefined;
  /** `host:port` of the PostgreSQL door as the agent sees it. */
  readonly postgres: string | undefined;
  /** The file with the session's certificate authority, and one with the public ones as well. */
  readonly caBundle: string;
  readonly placeholders: readonly (IssuedPlaceholder & { readonly variables: readonly string[] })[];
  readonly sessionId: string;
}

/** Names of variables that hold credentials. */
const CREDENTIAL =
  /(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|_DSN|DATABASE_URL|_DB_URL|POSTGRES_URL|PGPASSFILE|CONNECTION_STRING)/;
/** The agent's own way to its model, which it needs to think at all. */
const OWN_MODEL =
  /^(ANTHROPIC|CLAUDE|OPENAI|CODEX|GEMINI|GOOGLE_API_KEY|GOOGLE_GENAI|OPENROUTER|MISTRAL|CURSOR|COPILOT|GITHUB_COPILOT)/;
/** A password within a URL, whatever the variable is called. */
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i;

/** Variables with which programs find their certificate authorities. */
const CA_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
  'AWS_CA_BUNDLE',
];

/** @returns the variables, and the names of those that were taken out. */
export function sessionVariables(session: SessionVariables): {
  readonly variables: Record<string, string>;
  readonly withheld: readonly string[];
} {
  const variables: Record<string, string> = {};
  const withheld: string[] = [];
  for (const [name, value] of Object.entries(session.inherited)) {
    if (value === undefined || name.startsWith('FIREBREAK_')) continue;
    const secret = (CREDENTIAL.test(name) && !OWN_MODEL.test(name)) || URL_WITH_PASSWORD.test(value);
    if (secret) withheld.push(name);
    else variables[name] = value;
  }
  if (session.httpProxy !== undefined) {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
      variables[name] = `http://${session.httpProxy}`;
    for (const name of ['NO_PROXY', 'no_proxy']) variables[name] = '127.0.0.1,localhost,::1';
    for (const name of CA_VARIABLES) variables[name] = session.caBundle;
  }
  for (const { kind, text, database, variables: names } of session.placeholders) {
    const value = kind === 'postgres' ? `postgresql://agent:${text}@${session.postgres}/${database ?? ''}` : text;
    for (const name of names) variables[name] = value;
  }
  variables['FIREBREAK_SESSION'] = session.sessionId;
  return { variables, withheld: withheld.sort() };
}
