/** The frame of every page. All text goes through `html`, which escapes, and `shown`, which makes hidden text visible. */
import { html } from 'hono/html';
import type { HoldView } from '#action/hold-view';
import type { Status } from '#action/operations';
import { visibleText } from '#action/visible-text';
import type { SignedIn } from './page-sessions.js';
import type { Problem } from './problem.js';
import { duration, moment } from './wording.js';

export type Html = ReturnType<typeof html>;

export interface Frame {
  readonly title: string;
  /** Milliseconds since the Unix epoch, at the daemon. */
  readonly now: number;
  readonly signedIn: SignedIn | undefined;
  readonly status: Status | undefined;
  /** Where `live.js` asks for changes; undefined when nothing on the page changes by itself. */
  readonly live?: { readonly path: string; readonly key: string } | undefined;
  readonly here?: '/' | '/freezes' | undefined;
}

/**
 * The net under every text on the page: what could hide or reorder becomes visible, and what a `HoldView` has made visible
 * already stays as it is, so that the page shows the same text as the command line.
 */
export function shown(text: string): string {
  return text.split('\\u{').map(visibleText).join('\\u{');
}

export function page(frame: Frame, content: Html): Html {
  const { title, now, signedIn, status, live, here } = frame;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<script src="/live.js" defer></script>
</head>
<body data-now="${now}"${live && html` data-live="${live.path}" data-live-key="${live.key}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wide">
<a class="brand" href="/"><img src="/icon.svg" width="24" height="24" alt=""> Firebreak</a>
${signedIn && navigation(signedIn, status, here)}
</div></header>
<main id="main" class="wide">
<p id="connection" class="notice" role="status"></p>
<p id="announce" class="unseen" aria-live="polite"></p>
${content}
</main>
${status && footer(status)}
</body>
</html>
`;
}

function navigation(signedIn: SignedIn, status: Status | undefined, here: Frame['here']): Html {
  const frozen = status?.environments.some((environment) => environment.frozen !== undefined);
  const current = (path: string) => here === path && html` aria-current="page"`;
  return html`<nav aria-label="Pages"><a href="/"${current('/')}>Holds</a>
<a href="/freezes"${current('/freezes')}>Freezes${frozen && html` <span class="dot">in force</span>`}</a></nav>
<form class="who" method="post" action="/sign-out"><span>${shown(signedIn.approver)}</span> <button class="quiet">Sign out</button></form>`;
}

/** What is guarded, and above all what is not: nobody should believe to be safer than they are. */
function footer(status: Status): Html {
  const resources = status.resources.map(
    ({ name, kind, environments, ready }) =>
      html`<li><b>${shown(name)}</b> ${shown(kind)}${environments.length > 0 && html`, ${shown(environments.join(', '))}`}${!ready && html` <span class="tag warn">not ready</span>`}</li>`,
  );
  return html`<footer><div class="wide">
${
  status.warnings.length > 0 &&
  html`<section class="unprotected" aria-labelledby="unprotected"><h2 id="unprotected">What is not protected</h2>
<ul>${status.warnings.map((warning) => html`<li>${prose(warning)}</li>`)}</ul></section>`
}
<details><summary>Firebreak ${status.version}, ${status.logSize} records in the log, ${status.openSessions} ${status.openSessions === 1 ? 'session' : 'sessions'} open</summary>
<ul class="plain">${resources}
<li>policies <code>${shown(status.policyVersion)}</code></li>
<li>running since ${moment(status.startedAt)}</li></ul></details>
</div></footer>`;
}

export function problemNotice(problem: Problem | undefined): Html {
  if (problem === undefined) return html``;
  return html`<div class="problem" role="alert"><p><b>${prose(sentence(problem.message))}</b></p>${problem.hint && html`<p>${prose(sentence(problem.hint))}</p>`}</div>`;
}

/** Our messages start in lower case and end without a period; on a page they are sentences. */
export function sentence(text: string): string {
  return /^[a-z]/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : `${text}.`;
}

/** Our own prose, with what stands in backticks as code. */
export function prose(text: string): Html {
  const parts = shown(text).split('`');
  return html`${parts.map((part, index) => (index % 2 === 1 && index < parts.length - 1 ? html`<code>${part}</code>` : index % 2 === 1 ? `\`${part}` : part))}`;
}

/** A time that `live.js` keeps up to date. */
export function ago(at: number, now: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${moment(at)}"><span data-since="${at}">${duration(now - at)}</span> ago</time>`;
}

export function left(until: number, now: number): Html {
  return html`<time datetime="${new Date(until).toISOString()}" title="${moment(until)}"><span data-until="${until}">${duration(until - now)}</span> left</time>`;
}

/** The environments of something, those that are protected marked, and none as what it means. */
export function environmentBadges(names: readonly string[], status: Status): Html {
  if (names.length === 0) return UNKNOWN_ENVIRONMENT;
  return html`${names.map((name) => {
    const known = status.environments.find((environment) => environment.name === name);
    const isProtected = known?.protected !== false; // What is not declared counts as protected.
    return html`<span class="tag ${isProtected ? 'danger' : 'calm'}">${shown(name)}${isProtected && html`<span class="unseen"> (protected)</span>`}</span> `;
  })}`;
}

/** What `live.js` gets: the page's regions, and the key to ask with next time. */
export function fragment(key: string, title: string, now: number, regions: Html): Html {
  return html`<div data-now="${now}" data-live-key="${key}" data-title="${title}">${regions}</div>`;
}

/** The environments of a whole hold: one effect that nobody could place makes the whole thing so. */
export function holdBadges(hold: HoldView, status: Status): Html {
  const isUnplaced = hold.effects.some((effect) => effect.environments.length === 0);
  return html`${hold.environments.length > 0 && environmentBadges(hold.environments, status)}${(isUnplaced || hold.environments.length === 0) && UNKNOWN_ENVIRONMENT}`;
}

const UNKNOWN_ENVIRONMENT = html`<span class="tag danger">environment unknown</span> `;
