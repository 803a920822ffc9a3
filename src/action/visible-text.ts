/**
 * Text from an agent as it may be shown to a person: control characters, and characters that reorder, hide or imitate
 * (Unicode TR 36, "Trojan Source", CVE-2021-42574), become visible escapes such as `\u{202e}`, so that what is read is what
 * would run. Tabs and line feeds stay.
 *
 * INVARIANT: different texts look different: a `\u{` that stands in the text itself has its backslash escaped.
 */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, escaped);
}

/** The same, on one line: for a text whose line feeds could imitate what stands below it. */
export function visibleLine(text: string): string {
  return visibleText(text).replaceAll(/[\t\n]/g, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

// All of the categories C (controls, formats, private, unassigned) and Z but tab, line feed and space; what fonts hide
// (Default_Ignorable_Code_Point: variation selectors, fillers, tags); the blank of Braille, which is no space by category.
const HIDDEN = /\\(?=u\{)|(?![\t\n ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;
