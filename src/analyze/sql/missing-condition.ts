/**
 * The one mistake in which a text can be understood all the same: a SELECT with a JOIN that has no ON, as MySQL and SQLite take
 * it. PostgreSQL refuses it, so that nothing happens; and what it would mean if a server took it is certain.
 */

import type { ResourceRef } from '#action/environment';
import type { Answers } from '#action/question';
import type { Finding } from './findings.js';
import { Findings } from './findings.js';
import { parseSql } from './parser.js';
import type { Tree } from './tree.js';
import { Walk } from './walk.js';

const MOST_JOINS = 8;
const CONDITION = ' ON true ';
/** Nobody types more; and texts that nearly break the parser are not read again. */
const MOST_CHARACTERS = 8_192;

/**
 * FAIL-CLOSED: whatever else is wrong with a text, or could be more than one plain read, stays unknown.
 *
 * @param text that the grammar refuses, at this character.
 * @returns the read that it means; undefined when it is not certain that it is one.
 */
export function readMeant(
  text: string,
  at: number | undefined,
  answers: Answers,
  database: ResourceRef,
): { readonly command: Tree; readonly findings: readonly Finding[] } | undefined {
  const command = completed(text, at);
  if (command?.type !== 'SelectStmt') return undefined;
  const findings = new Findings(database, []);
  new Walk(findings, answers).command(command);
  const effects = findings.effects();
  const reads = effects.length > 0 && effects.every(({ verb, evidence }) => verb === 'read' && evidence !== 'unknown');
  if (!reads || findings.questions.length > 0) return undefined;
  return {
    command,
    findings: effects.map(({ verb, resource, amount, reversible, evidence, explain }) => ({
      verb,
      resource,
      amount,
      reversible,
      evidence,
      explain: `${explain}, if at all: a JOIN has no ON, which PostgreSQL refuses`,
    })),
  };
}

/** The only command of the text, once each JOIN at which the grammar gives up has a condition. */
function completed(text: string, refused: number | undefined): Tree | undefined {
  let characters = [...text];
  let at = refused;
  for (let joins = 0; joins < MOST_JOINS && at !== undefined && characters.length <= MOST_CHARACTERS; joins += 1) {
    characters = [...characters.slice(0, at), ...CONDITION, ...characters.slice(at)];
    const parsed = parseSql(characters.join(''));
    if (parsed.kind === 'commands') return parsed.commands.length === 1 ? parsed.commands[0] : undefined;
    at = parsed.at;
  }
  return undefined;
}
