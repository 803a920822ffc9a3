import type { Argument } from '../argument.js';
import { exactly, UNKNOWN_PART } from '../argument.js';
import type { Finding } from '../finding.js';
import { lex } from './lexer.js';
import { isSign, isWord, type Token } from './token.js';

/** What an awk program does besides printing: `system()`, `print > file`, `print | command`, `command | getline`. */
export function analyzeAwk(text: string, by: string): readonly Finding[] {
  const { tokens, broken } = lex('awk', text);
  const findings: Finding[] = [];
  if (broken && /\bsystem\s*\(|\|\s*"|"\s*\|/u.test(text)) {
    findings.push({ kind: 'opaque', explain: 'runs an awk program that cannot be read' });
  }
  if (/@\w+\s*\(/u.test(text))
    findings.push({ kind: 'opaque', explain: 'has awk call a function whose name is computed' });
  let prints = false;
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'line' || isSign(token, ';', '}', '{')) {
      prints = false;
      depth = 0;
    }
    if (isSign(token, '(', '[')) depth += 1;
    if (isSign(token, ')', ']')) depth -= 1;
    if (isWord(token, 'print', 'printf')) prints = true;
    if (isWord(token, 'system') && isSign(tokens[at + 1], '(')) findings.push(run(concatenated(tokens, at + 2), by));
    if (isSign(token, '|') && isWord(tokens[at + 1], 'getline'))
      findings.push(run(concatenatedBefore(tokens, at - 1), by));
    else if (isSign(token, '|') && prints) {
      const command = concatenated(tokens, at + 1);
      findings.push(run(command, by));
      // FAIL-CLOSED: what it prints into a shell is run.
      if (/^\s*(?:\S*\/)?(?:ba|da|z|k|a)?sh\b(?!\s+-c)/u.test(command.text))
        findings.push({ kind: 'opaque', explain: 'has a shell run what awk prints' });
    }
    // In parentheses `>` compares.
    if (prints && depth === 0 && isSign(token, '>', '>>')) {
      const path = concatenated(tokens, at + 1);
      if (path.text.replaceAll(UNKNOWN_PART, '') !== '') {
        findings.push({ kind: 'files', act: isSign(token, '>>') ? 'append' : 'overwrite', path, recursive: false });
      }
    }
  }
  return findings;
}

function run(text: Argument, by: string): Finding {
  return { kind: 'shell', text, by };
}

/** Texts that stand side by side are one text. */
function concatenated(tokens: readonly Token[], from: number): Argument {
  const parts: string[] = [];
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || token.kind === 'line' || isSign(token, ')', ';', '}', ',', '|', '>')) break;
    parts.push(textOf(token));
  }
  return joined(parts);
}

function concatenatedBefore(tokens: readonly Token[], from: number): Argument {
  const parts: string[] = [];
  for (let at = from; at >= 0; at -= 1) {
    const token = tokens[at];
    if (token === undefined || token.kind === 'line' || isSign(token, '(', ';', '{', '}', ',', '=')) break;
    if (isWord(token, 'while', 'if')) break;
    parts.unshift(textOf(token));
  }
  return joined(parts);
}

function textOf(token: Token): string {
  if (token.kind === 'number') return token.text;
  if (token.kind !== 'string') return UNKNOWN_PART;
  return token.parts.map((part) => (typeof part === 'string' ? part : UNKNOWN_PART)).join('');
}

function joined(parts: readonly string[]): Argument {
  const text = parts.join('').replaceAll(/\0+/gu, UNKNOWN_PART);
  if (!text.includes(UNKNOWN_PART)) return exactly(text);
  return { text, certainty: 'unknown', written: text.replaceAll(UNKNOWN_PART, '...') };
}
