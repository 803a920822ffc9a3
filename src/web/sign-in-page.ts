import { html } from 'hono/html';
import { type Html, page, problemNotice } from './layout.js';
import type { Problem } from './problem.js';

export interface SignInPage {
  readonly title: string;
  readonly now: number;
  /** The page that the person wanted. */
  readonly next: string;
  readonly approver?: string | undefined;
  readonly problem?: Problem | undefined;
}

/** Shows nothing of what is waiting: whoever sees it may be the agent. */
export function signInPage({ title, now, next, approver = '', problem }: SignInPage): Html {
  return page(
    { title: `Sign in · ${title}`, now, signedIn: undefined, status: undefined },
    html`<section class="panel narrow" aria-labelledby="sign-in"><h1 id="sign-in">Sign in to decide</h1>
<p>Firebreak holds what coding agents must not do alone. Sign in to see what waits.</p>
${problemNotice(problem)}
<form method="post" action="/sign-in" autocomplete="on">
<input type="hidden" name="next" value="${next}">
<label for="approver">Your name as approver</label>
<input id="approver" name="approver" value="${approver}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="200"${approver === '' && html` autofocus`}>
<label for="code">Code from your authenticator app</label>
<input id="code" class="code" name="code" ${codeAttributes}${approver !== '' && html` autofocus`}>
<p class="hint">Six digits. Each code works once.</p>
<button class="primary">Sign in</button>
</form></section>`,
  );
}

/** A one-time code: phones offer the digit keys, browsers do not remember it. */
export const codeAttributes = html`inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{3} ?[0-9]{3}" title="six digits" maxlength="7" required`;
