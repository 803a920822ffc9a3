/**
 * Prepares a password for SCRAM as PostgreSQL does (saslprep.c): RFC 4013 where it applies, and the password as it is where
 * it does not. Bidirectional rules and Unicode 3.2's table of unassigned code points are not applied: they only ever reject,
 * and a rejected password is used as it is, which differs only when normalisation would have changed it.
 */

/** RFC 3454, C.1.2: spaces that are not ASCII become a space. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** RFC 3454, B.1: mapped to nothing. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200c\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
/** RFC 3454, C.2.1, C.2.2, C.3 to C.9: controls, private use, non-characters, surrogates, tags. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\uffff\u2ff0-\u2ffb\u200e\u200f\u202a-\u202e\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;

export function saslPrepare(password: string): string {
  const prepared = password.replace(OTHER_SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) ? password : prepared;
}
