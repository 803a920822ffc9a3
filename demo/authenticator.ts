/** The authenticator app of the replay's approver. */
import { setTimeout } from 'node:timers/promises';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import { TOTP_PERIOD_SECONDS } from '#approve/totp';
import type { Secret } from '#base/secret';

const STEP_MILLISECONDS = TOTP_PERIOD_SECONDS * 1000;

/** What an authenticator app would show `steps` half-minutes from now. */
export function codeNow(secret: Secret<string>, steps = 0): string {
  const timestamp = Date.now() + steps * STEP_MILLISECONDS;
  return new TOTP({ secret: OtpSecret.fromBase32(secret.reveal()) }).generate({ timestamp });
}

/** Gives each code once, as each works once; that of the next half-minute is taken already. */
export interface Authenticator {
  /** A fresh code; or how long there is none, in milliseconds. */
  next(): string | number;
  /** A fresh code, waited for if need be. */
  take(): Promise<string>;
}

export function createAuthenticator(secret: Secret<string>): Authenticator {
  let last = 0;
  const next = () => {
    const now = Math.floor(Date.now() / STEP_MILLISECONDS);
    const step = Math.max(last + 1, now);
    if (step > now + 1) return (step - 1) * STEP_MILLISECONDS - Date.now();
    last = step;
    return codeNow(secret, step - now);
  };
  return {
    next,
    async take() {
      for (;;) {
        const code = next();
        if (typeof code === 'string') return code;
        await setTimeout(code + 1);
      }
    },
  };
}
