/**
 * Text from an agent as it may be shown to a person: control characters, and characters that reorder or hide text
 * (Unicode TR 36, "Trojan Source", CVE-2021-42574), become visible escapes, so that what is read is what would run.
 */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

// Everything of the categories Cc, Cf, Co, Cs, Zl and Zp but tab and line feed.
const HIDDEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
