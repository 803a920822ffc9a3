import { type Enrolment, newEnrolment } from '#approve/totp';
import { FirebreakError } from '#base/errors';
import type { Core } from './core.js';

/**
 * Enrolling an approver: on the terminal of whoever has the state folder open, never through the control socket, so that
 * an agent cannot enrol itself while a daemon runs. After the first approver, an existing one must vouch with a code.
 */
export async function openEnrolment(core: Core) {
  const approvers = await core.factors.approvers();
  let begun: { readonly approver: string; readonly enrolment: Enrolment } | undefined;
  return {
    approvers,
    async begin(approver: string, voucher: { readonly approver: string; readonly code: string } | undefined) {
      if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(approver)) {
        throw new FirebreakError('APPROVER_NAME_INVALID', `\`${approver}\` cannot name an approver`, {
          hint: 'use lower-case letters, digits, dots and dashes',
        });
      }
      // FAIL-CLOSED: whoever is not the first approver needs the word of one.
      if (approvers.length > 0) {
        if (voucher === undefined)
          throw new FirebreakError('VOUCHER_MISSING', 'an existing approver must vouch for a further one');
        await core.factors.check(voucher.approver, voucher.code);
      }
      const enrolment = newEnrolment(approver);
      begun = { approver, enrolment };
      return { uri: enrolment.uri.reveal(), secret: enrolment.secret.reveal() };
    },
    async confirm(code: string) {
      if (begun === undefined) throw new TypeError('confirm before begin');
      await core.factors.enrol(begun.approver, begun.enrolment, code);
    },
    close: () => core.close(),
  };
}
