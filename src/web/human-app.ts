/**
 * The approval page: where people see what waits and decide. Served on an address of its own, behind a sign-in that takes a
 * one-time code, which an agent on the same machine does not have. Being signed in is not enough to approve: every approval
 * takes a fresh code and names the digest that the person was shown.
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { HoldView } from '#action/hold-view';
import type { Operations } from '#action/operations';
import type { Clock } from '#base/clock';
import { WebError } from './errors.js';
import { FORMS, readForm, typedInto } from './form-fields.js';
import { FREEZE_LENGTHS, freezesPage } from './freezes-page.js';
import { cardKey, cardRegions, holdCard } from './hold-card.js';
import { holdsRegions, listKey } from './holds-page.js';
import { ICON } from './icon.js';
import { type Frame, fragment, type Html, page, problemNotice } from './layout.js';
import { LIVE_SCRIPT } from './live-script.js';
import { onlyOwnForms, onlyOwnHosts, securityHeaders } from './page-security.js';
import { createPageSessions, SESSION_SECONDS, type SignedIn } from './page-sessions.js';
import { type Problem, problemOf } from './problem.js';
import { MAX_BODY_BYTES } from './request-limits.js';
import { signInPage } from './sign-in-page.js';
import { STYLESHEET } from './stylesheet.js';

export interface HumanAppOptions {
  readonly operations: Operations;
  readonly clock: Clock;
  /** Where people reach the page, such as `http://127.0.0.1:7420`; asked at each request, since a port may be chosen late. */
  readonly origins: () => readonly string[];
  /** Where defects go: the daemon's own log. */
  readonly report: (defect: unknown) => void;
  /** Names this Firebreak among several. */
  readonly title?: string | undefined;
}

interface Env {
  Variables: { signedIn: SignedIn };
}

const COOKIE = 'firebreak_page';

export function createHumanApp({
  operations,
  clock,
  origins,
  report,
  title = 'Firebreak',
}: HumanAppOptions): Hono<Env> {
  const app = new Hono<Env>();
  const sessions = createPageSessions(clock);

  app.use(securityHeaders);
  app.use(onlyOwnHosts(origins));
  app.use(onlyOwnForms(origins));
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.text('this form is over 64 KiB\n', 413) }));

  app.get('/style.css', (c) => c.body(STYLESHEET, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/live.js', (c) => c.body(LIVE_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/icon.svg', (c) => c.body(ICON, 200, { 'content-type': 'image/svg+xml' }));

  app.get('/sign-in', (c) => {
    if (sessions.find(getCookie(c, COOKIE)) !== undefined) return c.redirect('/', 303);
    return c.html(signInPage({ title, now: clock.now(), next: ownPath(c.req.query('next')) }));
  });
  app.post('/sign-in', async (c) => {
    try {
      const { approver, code, next } = await readForm(c, FORMS.signIn);
      await operations.signIn(approver, code);
      setCookie(c, COOKIE, sessions.start(approver), {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        maxAge: SESSION_SECONDS,
        secure: c.req.header('origin')?.startsWith('https:') === true,
      });
      return c.redirect(ownPath(next), 303);
    } catch (thrown) {
      const problem = problemOf(thrown, report);
      const [approver, next] = [await typedInto(c, 'approver'), ownPath(await typedInto(c, 'next'))];
      return c.html(signInPage({ title, now: clock.now(), next, approver, problem }), problem.status);
    }
  });

  app.use(async (c, next) => {
    const signedIn = sessions.find(getCookie(c, COOKIE));
    if (signedIn === undefined) {
      if (c.req.path.startsWith('/live/')) return c.text('signed out\n', 401);
      const wanted = c.req.method === 'GET' ? c.req.path : c.req.path.replace(/\/(approve|reject|lift)$/, '');
      return c.redirect(`/sign-in?next=${encodeURIComponent(ownPath(wanted))}`, 303);
    }
    c.set('signedIn', signedIn);
    await next();
    return undefined;
  });

  app.post('/sign-out', (c) => {
    sessions.end(getCookie(c, COOKIE) ?? '');
    deleteCookie(c, COOKIE, { path: '/' });
    return c.redirect('/sign-in', 303);
  });

  app.get('/', async (c) => {
    const [open, all, status] = await Promise.all([
      operations.holds({ all: false }),
      operations.holds({ all: true }),
      operations.status(),
    ]);
    const now = clock.now();
    const live = { path: '/live/holds', key: listKey(open) };
    return c.html(
      page(frame(c, { title: listTitle(open), status, live, here: '/' }), holdsRegions({ open, all, status, now })),
    );
  });
  app.get('/live/holds', async (c) => {
    const open = await operations.holds({ all: false });
    const key = listKey(open);
    if (c.req.query('key') === key) return c.body(null, 204);
    const [all, status] = await Promise.all([operations.holds({ all: true }), operations.status()]);
    const now = clock.now();
    return c.html(fragment(key, `${listTitle(open)} · ${title}`, now, holdsRegions({ open, all, status, now })));
  });

  app.get('/holds', (c) => c.redirect('/', 303));
  app.get('/holds/:id', async (c) => showHold(c));
  app.get('/live/holds/:id', async (c) => {
    const hold = await operations.hold(c.req.param('id'));
    const key = cardKey(hold);
    if (c.req.query('key') === key) return c.body(null, 204);
    const card = { hold, status: await operations.status(), now: clock.now(), approver: c.var.signedIn.approver };
    return c.html(fragment(key, `${cardTitle(hold)} · ${title}`, card.now, cardRegions(card)));
  });
  app.post('/holds/:id/approve', async (c) => {
    try {
      await operations.approve(c.req.param('id'), await readForm(c, FORMS.approve));
      return c.redirect(`/holds/${encodeURIComponent(c.req.param('id'))}`, 303);
    } catch (thrown) {
      return showHold(c, problemOf(thrown, report));
    }
  });
  app.post('/holds/:id/reject', async (c) => {
    try {
      const { reason } = await readForm(c, FORMS.reject);
      await operations.reject(c.req.param('id'), { by: c.var.signedIn.approver, reason });
      return c.redirect(`/holds/${encodeURIComponent(c.req.param('id'))}`, 303);
    } catch (thrown) {
      return showHold(c, problemOf(thrown, report), await typedInto(c, 'reason'));
    }
  });

  app.get('/freezes', async (c) => showFreezes(c));
  app.post('/freezes', async (c) => {
    try {
      const { environment, length, reason } = await readForm(c, FORMS.freeze);
      const chosen = FREEZE_LENGTHS.get(length);
      if (chosen === undefined) throw new WebError('REQUEST_INVALID', `there is no length \`${length}\``);
      const until = chosen.milliseconds === undefined ? undefined : clock.now() + chosen.milliseconds;
      await operations.freeze({ environment, until, reason, by: c.var.signedIn.approver });
      return c.redirect('/freezes', 303);
    } catch (thrown) {
      return showFreezes(c, problemOf(thrown, report));
    }
  });
  app.post('/freezes/lift', async (c) => {
    try {
      const { holdId } = await operations.unfreeze(await readForm(c, FORMS.lift));
      return c.redirect(holdId === undefined ? '/freezes' : `/holds/${encodeURIComponent(holdId)}`, 303);
    } catch (thrown) {
      return showFreezes(c, problemOf(thrown, report));
    }
  });

  app.notFound((c) => c.html(problemPage(c, NOTHING_HERE), 404));
  app.onError((thrown, c) => {
    const problem = problemOf(thrown, report);
    return c.html(problemPage(c, problem), problem.status);
  });

  async function showHold(c: Context<Env>, problem?: Problem, typedReason?: string): Promise<Response> {
    const [hold, status] = await Promise.all([operations.hold(c.req.param('id') ?? ''), operations.status()]);
    const live = { path: `/live/holds/${encodeURIComponent(hold.id)}`, key: cardKey(hold) };
    const card = { hold, status, now: clock.now(), approver: c.var.signedIn.approver, problem, typedReason };
    return c.html(page(frame(c, { title: cardTitle(hold), status, live }), holdCard(card)), problem?.status ?? 200);
  }

  async function showFreezes(c: Context<Env>, problem?: Problem): Promise<Response> {
    const [freezes, status] = await Promise.all([operations.freezes(), operations.status()]);
    const typed =
      problem === undefined
        ? undefined
        : {
            environment: await typedInto(c, 'environment'),
            length: await typedInto(c, 'length'),
            reason: await typedInto(c, 'reason'),
          };
    const content = freezesPage({ freezes, status, now: clock.now(), problem, typed });
    return c.html(page(frame(c, { title: 'Freezes', status, here: '/freezes' }), content), problem?.status ?? 200);
  }

  function problemPage(c: Context<Env>, problem: Problem): Html {
    return page(frame(c, { title: 'Not done', status: undefined }), html`<h1>Not done</h1>${problemNotice(problem)}`);
  }

  function frame(c: Context<Env>, rest: Pick<Frame, 'title' | 'status' | 'live' | 'here'>): Frame {
    return { ...rest, title: `${rest.title} · ${title}`, now: clock.now(), signedIn: c.var.signedIn };
  }

  return app;
}

const NOTHING_HERE: Problem = {
  status: 404,
  code: 'NOTHING_HERE',
  message: 'there is no such page',
  hint: 'go back to the holds',
};

/** A page of ours to go to after signing in; anything else becomes the first page. */
function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?:holds\/[A-Za-z0-9-]+|freezes)$/.test(path) ? path : '/';
}

function listTitle(open: readonly HoldView[]): string {
  return open.length === 0 ? 'Nothing waits' : `(${open.length}) Holds`;
}

function cardTitle(hold: HoldView): string {
  return `${hold.id} ${hold.state}`;
}
