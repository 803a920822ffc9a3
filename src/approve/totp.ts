/**
 * The approvers' factor: time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds, as every authenticator app
 * expects). A code works once, ever; failures lock the approver out.
 */
import { Secret as OtpSecret, TOTP } from 'otpauth';
import type { Recorder } from '#action/record-event';
import type { Clock } from '#base/clock';
import { Secret } from '#base/secret';
import { ApproveError } from './errors.js';
import type { FactorSecrets, FactorStorage } from './storage.js';

export const TOTP_PERIOD_SECONDS = 30;
/** Codes of the step before and after the current one are accepted, for clocks that differ (RFC 6238, 5.2). */
const WINDOW = 1;
const FAILURES_BEFORE_LOCK = 5;
/** Doubles with each further failure, up to a day. */
const FIRST_LOCK_MILLISECONDS = 60_000;
const LONGEST_LOCK_MILLISECONDS = 24 * 3_600_000;

export interface Enrolment {
  readonly secret: Secret<string>;
  /** `otpauth://totp/...`: what the QR code says. */
  readonly uri: Secret<string>;
}

/** A fresh 160-bit secret (RFC 4226, section 4, R6) for an approver; nothing is kept until `enrol`. */
export function newEnrolment(approver: string, issuer = 'Firebreak'): Enrolment {
  const secret = new OtpSecret({ size: 20 });
  const uri = new TOTP({ issuer, label: approver, secret }).toString();
  return { secret: new Secret(secret.base32), uri: new Secret(uri) };
}

export interface Factors {
  approvers(): Promise<readonly string[]>;
  /**
   * Keeps an approver's secret, after the person has shown with one code that the app has it.
   *
   * @throws ApproveError `APPROVER_EXISTS`, `FACTOR_WRONG`
   */
  enrol(approver: string, enrolment: Enrolment, code: string): Promise<void>;
  /**
   * Checks and spends a code.
   *
   * @throws ApproveError `APPROVER_UNKNOWN`, `FACTOR_WRONG`, `FACTOR_LOCKED`
   */
  check(approver: string, code: string): Promise<void>;
}

export interface FactorsOptions {
  readonly storage: FactorStorage;
  readonly secrets: FactorSecrets;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

export function createFactors({ storage, secrets, recorder, clock }: FactorsOptions): Factors {
  // One check at a time: two requests with one code must not both find it unused, nor race past the lockout.
  let queue: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined); // The caller of `done` sees the error; the queue only needs to go on.
    return done;
  };

  /** The step that a code belongs to; undefined when it is not one of the acceptable ones. */
  function counterOf(secret: Secret<string>, code: string): number | undefined {
    const totp = new TOTP({ secret: OtpSecret.fromBase32(secret.reveal()), period: TOTP_PERIOD_SECONDS });
    const timestamp = clock.now();
    const delta = totp.validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? undefined : Math.floor(timestamp / 1000 / TOTP_PERIOD_SECONDS) + delta;
  }

  async function fail(approver: string, failures: number, why: string): Promise<never> {
    const locks = failures >= FAILURES_BEFORE_LOCK;
    const wait = Math.min(FIRST_LOCK_MILLISECONDS * 2 ** (failures - FAILURES_BEFORE_LOCK), LONGEST_LOCK_MILLISECONDS);
    await storage.setFailures(approver, failures, locks ? clock.now() + wait : 0);
    await note(approver, false, locks ? `${why}; locked for ${wait / 1000} s` : why);
    throw new ApproveError('FACTOR_WRONG', `the code for \`${approver}\` was not accepted: ${why}`, {
      hint: locks
        ? `too many wrong codes: wait ${Math.ceil(wait / 60_000)} min`
        : `use the next code of your authenticator app (${FAILURES_BEFORE_LOCK - failures} tries left)`,
    });
  }

  const note = (approver: string, ok: boolean, detail: string) =>
    recorder.append({
      kind: 'administered',
      act: 'factor-checked',
      by: approver,
      subject: approver,
      detail,
      ok,
      time: clock.now(),
    });

  async function check(approver: string, code: string): Promise<void> {
    const state = await storage.get(approver);
    // Asked for enrolled names only: the vault refuses a text that cannot be a name in other words.
    const secret = state && (await secrets.totpSecret(approver));
    if (state === undefined || secret === undefined) {
      throw new ApproveError('APPROVER_UNKNOWN', `there is no approver \`${approver}\``, {
        hint: 'run `firebreak init` on the terminal of the daemon to enrol one',
      });
    }
    if (state.lockedUntil > clock.now()) {
      await note(approver, false, 'locked');
      const minutes = Math.ceil((state.lockedUntil - clock.now()) / 60_000);
      throw new ApproveError('FACTOR_LOCKED', `\`${approver}\` is locked after too many wrong codes`, {
        hint: `wait ${minutes} min and try again`,
      });
    }
    const counter = counterOf(secret, code.replaceAll(/\s/g, ''));
    if (counter === undefined) return fail(approver, state.failures + 1, 'it is wrong or too old');
    // INVARIANT: a code works once: its step is spent before anything is granted.
    if (!(await storage.spendCounter(approver, counter)))
      return fail(approver, state.failures + 1, 'it was used before');
    if (state.failures > 0) await storage.setFailures(approver, 0, 0);
    await note(approver, true, 'accepted');
  }

  return {
    approvers: () => storage.approvers(),
    check: (approver, code) => oneAtATime(() => check(approver, code)),
    enrol: (approver, enrolment, code) =>
      oneAtATime(async () => {
        const counter = counterOf(enrolment.secret, code.replaceAll(/\s/g, ''));
        if (counter === undefined) {
          throw new ApproveError(
            'FACTOR_WRONG',
            'that is not the code that your authenticator app shows for this secret',
            {
              hint: 'check the clock of both devices, then scan the QR code again',
            },
          );
        }
        if ((await storage.get(approver)) !== undefined) {
          throw new ApproveError('APPROVER_EXISTS', `there is an approver \`${approver}\` already`, {
            hint: 'choose another name',
          });
        }
        await secrets.keepTotpSecret(approver, enrolment.secret);
        // INVARIANT: nobody can approve whose enrolment is not on the record.
        await recorder.append({
          kind: 'administered',
          act: 'approver-enrolled',
          by: 'operator',
          subject: approver,
          ok: true,
          time: clock.now(),
        });
        await storage.enrol(approver, counter);
      }),
  };
}
