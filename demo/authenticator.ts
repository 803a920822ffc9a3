import { Secret as OtpSecret, TOTP } from 'otpauth';
import { TOTP_PERIOD_SECONDS } from '#approve/totp';
import type { Secret } from '#base/secret';

/** What an authenticator app would show `steps` half-minutes from now. */
export function codeNow(secret: Secret<string>, steps = 0): string {
  const timestamp = Date.now() + steps * TOTP_PERIOD_SECONDS * 1000;
  return new TOTP({ secret: OtpSecret.fromBase32(secret.reveal()) }).generate({ timestamp });
}
