import { type Argument, exactly, UNKNOWN_PART } from '../argument.js';
import type { Finding } from '../finding.js';
import { lex } from './lexer.js';
import { isSign, isWord, type Token } from './token.js';

/** A blank, a comment, a string, a word with its variables, or a sign that ends a command. */
const PIECE =
  /\s*\n\s*|[ \t\r]+|`\r?\n|<#[\s\S]*?(?:#>|$)|#[^\n]*|"(?:[^"`]|`[\s\S]|"")*"|'(?:[^']|'')*'|[;|&{}()]|[^\s;|&{}()"'`]+|[\s\S]/gu;
const COMPUTED = /^(?:invoke-expression|iex|invoke-command|icm|start-process|saps)$/iu;

/** Each command of a PowerShell text, as the words it starts with. Its own control words come to nothing. */
export function analyzePowershell(text: string, by: string): readonly Finding[] {
  const findings: Finding[] = [];
  let words: Argument[] = [];
  const end = () => {
    const [first, ...rest] = words;
    words = [];
    if (first === undefined || /^[$\d@[\]=+-]/u.test(first.text)) return;
    const [second] = rest;
    if (COMPUTED.test(first.text) && (second === undefined || second.certainty === 'unknown')) {
      // FAIL-CLOSED: a command that is computed waits for a person.
      findings.push({ kind: 'opaque', explain: `has ${first.text} run what is computed` });
    } else findings.push({ kind: 'command', words: [first, ...rest], by });
  };
  for (const [piece] of text.matchAll(PIECE)) {
    if (/^\s*\n/u.test(piece) || /^[;|&{}()]$/u.test(piece)) end();
    else if (!/^(?:\s|#|<#|`)/u.test(piece)) words.push(wordOf(piece));
  }
  end();
  return findings;
}

function wordOf(piece: string): Argument {
  if (piece.startsWith("'")) return exactly(piece.slice(1, -1).replaceAll("''", "'"));
  const bare = piece.startsWith('"') ? piece.slice(1, -1) : piece;
  if (!/[$]/u.test(bare)) {
    return /[*?]/u.test(bare)
      ? { text: bare, certainty: 'pattern', written: piece }
      : { ...exactly(bare), written: piece };
  }
  return { text: bare.replaceAll(/\$[\w:{}.]+/gu, UNKNOWN_PART), certainty: 'unknown', written: piece };
}

/** `do shell script "..."`, and telling applications to delete or to shut down. */
export function analyzeApplescript(text: string, by: string): readonly Finding[] {
  const { tokens, broken } = lex('applescript', text);
  const findings: Finding[] = [];
  for (const [at, token] of tokens.entries()) {
    if (isWord(token, 'shell') && isWord(tokens[at + 1], 'script'))
      findings.push({ kind: 'shell', text: textAt(tokens, at + 2), by });
    const tells = isWord(token, 'delete', 'empty', 'erase') && tokens[at + 1]?.kind === 'word';
    if (tells || (isWord(token, 'shut') && isWord(tokens[at + 1], 'down')) || isWord(token, 'restart')) {
      findings.push({
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'application', name: 'of this machine' },
        place: 'local',
        explain: 'tells an application to delete something or the machine to stop',
      });
    }
  }
  if (broken && /\bdo\s+shell\s+script\b/u.test(text)) {
    findings.push({ kind: 'opaque', explain: 'runs an AppleScript that cannot be read' });
  }
  return findings;
}

function textAt(tokens: readonly Token[], at: number): Argument {
  const token = tokens[at];
  const [only] = token?.kind === 'string' ? token.parts : [];
  if (typeof only !== 'string' || isSign(tokens[at + 1], '&')) {
    return {
      text: `${typeof only === 'string' ? only : ''}${UNKNOWN_PART}`,
      certainty: 'unknown',
      written: 'a computed text',
    };
  }
  return exactly(only);
}
