import { type Argument, exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Input } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

/** osascript(1): AppleScript, or JavaScript with `-l`, can drive every program, and the shell. */
export const osascript: Tool = {
  names: ['osascript'],
  judge: ({ args, input }): readonly Finding[] => {
    const options = readOptions(args, { values: ['-e', '-l', '-s'], stopAtOperand: true });
    const isJavaScript = options.value('-l')?.text === 'JavaScript';
    const text = textOf(options.values('-e'), input);
    if (text !== undefined) return isJavaScript ? drivenByJavaScript(text) : driven(text.text);
    const [path, ...rest] = options.operands;
    const language = isJavaScript ? 'javascript' : 'applescript';
    return path === undefined ? [] : [{ kind: 'script', path, language, args: rest, by: 'osascript' }];
  },
};

function textOf(lines: readonly Argument[], input: Input): Argument | undefined {
  if (lines.length === 0) return input.kind === 'text' ? input.text : undefined;
  const isKnown = lines.every(({ certainty }) => certainty !== 'unknown');
  return {
    text: lines.map(({ text }) => text).join('\n'),
    certainty: isKnown ? 'exact' : 'unknown',
    written: lines.map(({ written }) => written).join(' '),
  };
}

/** What a person is told, or tells a program to show: nothing is lost by it. */
const SHOWING =
  /^\s*(?:(?:get|count|exists|name|return|set \w+ to|activate|launch|open|reveal|say|beep|delay|try|end|on|if|else|repeat|return|log|display (?:dialog|notification|alert))\b.*)?$/u;

/** Programs that hold what is private, or that type and click for a person. */
const PRIVATE =
  /\b(?:Messages|Mail|Contacts|Calendar|Notes|Reminders|Photos|Keychain Access|1Password|FaceTime|Terminal|iTerm2?|System Settings|System Preferences)\b/u;

/** What the text has other programs do. `do shell script "..."` is a shell's text. */
function driven(text: string): readonly Finding[] {
  const found = [...text.matchAll(/do shell script\s+"((?:[^"\\]|\\.)*)"/gu)].map(([, script = '']) => shell(script));
  const rest = text.replaceAll(/do shell script\s+"(?:[^"\\]|\\.)*"/gu, 'return');
  const told = [...rest.matchAll(/\btell app(?:lication)?(?: id)?\s+"([^"]*)"(?:\s+to\s+([^\n]*))?/gu)];
  const harms =
    /\b(?:delete|empty (?:the )?trash|erase|shut down|restart|log out|keystroke|key code|click|quit)\b/u.test(rest) ||
    told.some(([, program = '', order]) => PRIVATE.test(program) || (order !== undefined && !SHOWING.test(order)));
  const isUnread = /do shell script|run script|load script/u.test(rest) || rest.includes(UNKNOWN_PART);
  if (harms) return [...found, { kind: 'opaque', explain: 'has other programs act for a person' }];
  return isUnread ? [...found, { kind: 'opaque', explain: 'runs commands that are not known' }] : found;
}

function drivenByJavaScript(text: Argument): readonly Finding[] {
  const found = [...text.text.matchAll(/doShellScript\(\s*(["'`])((?:[^\\]|\\.)*?)\1/gu)].map(([, , script = '']) =>
    shell(script),
  );
  const drives = /\bApplication\(\s*["'`]/u.test(text.text);
  return [
    ...found,
    ...(drives ? [{ kind: 'opaque', explain: 'has other programs act for a person' } as const] : []),
    { kind: 'code', language: 'javascript', text, by: 'osascript' },
  ];
}

function shell(script: string): Finding {
  return { kind: 'shell', text: exactly(script.replaceAll(/\\(.)/gu, '$1')), by: 'osascript' };
}

/** automator(1), shortcuts(1): workflows that only their own programs can read. */
export const automator: Tool = {
  names: ['automator', 'shortcuts'],
  judge: ({ name, args }) => {
    const runs = name === 'automator' ? args.length > 0 : args[0]?.text === 'run';
    return runs ? [{ kind: 'opaque', explain: `has ${name} run a workflow that nobody here can read` }] : [];
  },
};
