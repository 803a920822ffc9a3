import { DemoError } from './errors.js';

/** A person at the approval page, as far as the replay plays one: signs in with a code, then uses the page's own forms. */
export interface PageVisitor {
  reject(holdId: string, reason: string): Promise<void>;
}

export async function signIn(pageUrl: string, approver: string, code: string): Promise<PageVisitor> {
  const post = (path: string, fields: Readonly<Record<string, string>>, cookie: string) =>
    fetch(`${pageUrl}${path}`, {
      method: 'POST',
      headers: { origin: pageUrl, cookie },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
  const signedIn = await post('/sign-in', { next: '/', approver, code }, '');
  const [cookie = ''] = signedIn.headers.getSetCookie().map((header) => header.split(';', 1)[0] ?? '');
  if (signedIn.status !== 303 || cookie === '') {
    throw new DemoError('GUARD_FAILED', `the page did not let the approver in (status ${signedIn.status})`);
  }
  return {
    async reject(holdId, reason) {
      const answer = await post(`/holds/${holdId}/reject`, { reason }, cookie);
      if (answer.status !== 303)
        throw new DemoError(
          'GUARD_FAILED',
          `the page did not take the rejection of ${holdId} (status ${answer.status})`,
        );
    },
  };
}
