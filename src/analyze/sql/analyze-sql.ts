import type { SqlAction } from '#action/action';
import type { Answers } from '#action/question';
import { messageOf } from '#base/errors';
import type { Analysis, AnalysisContext, Analyze } from '../analysis.js';
import { courseOf } from './course.js';
import { Findings, unforeseen } from './findings.js';
import { readMeant } from './missing-condition.js';
import { visible } from './names.js';
import { type Parsed, parseSql, REMEMBERED_LENGTH } from './parser.js';
import type { Tree } from './tree.js';
import { Walk } from './walk.js';

/**
 * What SQL texts would do, as far as the texts tell. `loadSqlParser()` must have been awaited once before.
 *
 * It picks the lane and writes the explanation; what a trigger, a rule, a view, a cascade or a function really
 * does only a measurement knows. FAIL-CLOSED: what cannot be read is an effect of evidence `unknown`; it never throws.
 */
export const analyzeSql: Analyze<SqlAction> = (action, answers, context) => {
  const [only, second] = action.statements;
  const plain = answers.size === 0 && action.standardConformingStrings !== false;
  if (!plain || only === undefined || second !== undefined || only.text.length > REMEMBERED_LENGTH) {
    return analyzeAnew(action, answers, context);
  }
  const parsed = parseSql(only.text);
  const found = recent.get(parsed) ?? new Map<string, Analysis>();
  const where = JSON.stringify([action.resource, environmentsOf(action, context)]);
  const known = found.get(where);
  if (known !== undefined) return known;
  const analysis = analyzeAnew(action, answers, context);
  found.set(where, analysis);
  recent.set(parsed, found);
  return analysis;
};

/**
 * A reading is remembered by the exact text (`parseSql`), and with it what was found in it, by everything else that this
 * depends on for a single statement: its resource and environments. Parameter values are not looked at.
 */
const recent = new WeakMap<Parsed, Map<string, Analysis>>();

const analyzeAnew: Analyze<SqlAction> = (action, answers, context) => {
  const findings = new Findings(
    { kind: 'database', name: action.resource ?? 'unknown' },
    environmentsOf(action, context),
  );
  const commands: Tree[] = [];
  try {
    read(action, answers, findings, commands);
  } catch (thrown) {
    findings.add(unforeseen(findings.database, `cannot be analysed: ${visible(messageOf(thrown))}`));
  }
  const effects = findings.effects();
  const course = courseOf(commands, effects, findings.outside);
  return { effects, questions: findings.questions, course } satisfies Analysis;
};

/** A resource that declares none belongs to wherever everything undeclared does. */
function environmentsOf(action: SqlAction, context: AnalysisContext): readonly string[] {
  const declared = action.resource === undefined ? undefined : context.resources.get(action.resource)?.environments;
  return declared !== undefined && declared.length > 0 ? declared : context.environments;
}

function read(action: SqlAction, answers: Answers, findings: Findings, commands: Tree[]): void {
  if (action.standardConformingStrings === false) {
    // FAIL-CLOSED: with backslash escapes in plain literals the server reads another text than the parser here.
    findings.add(unforeseen(findings.database, 'cannot be read safely: standard_conforming_strings is off'));
    return;
  }
  const walk = new Walk(findings, answers);
  for (const { text } of action.statements) {
    if (walk.readingChanged) {
      // A text is read by the server only after those before it have run.
      findings.add(
        unforeseen(findings.database, 'cannot be read safely: a statement before it changes how texts are read'),
      );
      return;
    }
    const parsed = parseSql(text);
    switch (parsed.kind) {
      case 'refused': {
        const meant = readMeant(text, parsed.at, answers, findings.database);
        if (meant !== undefined) {
          commands.push(meant.command);
          for (const finding of meant.findings) findings.add(finding);
          break;
        }
        findings.add(unforeseen(findings.database, `cannot be read as SQL: ${visible(parsed.reason)}`));
        break;
      }
      case 'commands':
        commands.push(...parsed.commands);
        for (const command of parsed.commands) walk.command(command);
        break;
    }
  }
}
