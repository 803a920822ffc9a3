/** What tools say of a line, shortly, for tables in tests: `destroy remote`, `files delete ./x`, `command rm -rf /x (on host a)`. */
import { assertNever } from '#base/assert-never';
import type { Argument } from './argument.js';
import type { Finding } from './finding.js';
import { invoke } from './invocation.case.js';
import type { Input } from './invocation.js';
import type { Tool } from './tool.js';

export function judged(tools: readonly Tool[], line: string, input?: Input): readonly string[] {
  const invocation = invoke(line, input === undefined ? {} : { input });
  const tool = tools.find(({ names }) => names.includes(invocation.name));
  if (tool === undefined) throw new Error(`no tool is named ${invocation.name}`);
  return tool.judge(invocation).map(shortly);
}

function shortly(finding: Finding): string {
  switch (finding.kind) {
    case 'effect':
      return [
        finding.verb,
        finding.place,
        ...(finding.environment === undefined ? [] : [finding.environment.text]),
      ].join(' ');
    case 'files':
      return `files ${finding.act} ${finding.path.written}`;
    case 'command':
      return `command ${texts(finding.words)}${where(finding.elsewhere)}`;
    case 'shell':
      return `shell ${finding.text.text}${where(finding.elsewhere)}`;
    case 'sql':
      return `sql ${finding.dialect} ${finding.text.text}`;
    case 'http':
      return `${finding.method} ${finding.url.text}${finding.body === undefined ? '' : ` ${finding.body.text}`}`;
    case 'script':
      return `script ${finding.path.written}`;
    case 'opaque':
      return 'opaque';
    case 'code':
      return `code ${finding.language}`;
    case 'git':
      return `git ${finding.loses.join(' ')}`;
    case 'link':
      return `link ${finding.how} ${finding.at.text}`;
    case 'task':
      return `task ${finding.runner}`;
    default:
      return assertNever(finding);
  }
}

function texts(words: readonly Argument[]): string {
  return words.map(({ text }) => text).join(' ');
}

function where(elsewhere: string | undefined): string {
  return elsewhere === undefined ? '' : ` (${elsewhere})`;
}
