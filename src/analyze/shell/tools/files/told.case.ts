/** What tools say of a command line, short enough for tables of tests. */
import type { Finding } from '../../finding.js';
import { invoke } from '../../invocation.case.js';
import type { Input } from '../../invocation.js';
import type { Tool } from '../../tool.js';

/** `delete build` (`delete* build`: with all below), `git worktree,index`, `destroy remote git-remote no`, `shell ls`... */
export function told(tools: readonly Tool[], line: string, given: { readonly input?: Input } = {}): string {
  const invocation = invoke(line, given);
  const name = invocation.name.toLowerCase();
  const tool = tools.findLast(({ names }) => names.includes(invocation.name) || names.includes(name));
  if (tool === undefined) throw new Error(`no tool is called ${invocation.name}`);
  return tool.judge(invocation).map(short).join('; ');
}

function short(finding: Finding): string {
  switch (finding.kind) {
    case 'files':
      return `${finding.act}${finding.recursive ? '*' : ''} ${visible(finding.path.text)}`;
    case 'git':
      return [
        'git',
        finding.loses.join(','),
        ...(finding.folder === undefined ? [] : [`in ${finding.folder.text}`]),
      ].join(' ');
    case 'effect':
      return [
        finding.verb,
        finding.place,
        finding.resource.kind,
        ...(finding.reversible === undefined ? [] : [finding.reversible]),
      ].join(' ');
    case 'command':
      return `command ${finding.words.map(({ text }) => visible(text)).join(' ')}`;
    case 'shell':
    case 'sql':
      return `${finding.kind} ${visible(finding.text.text)}`;
    case 'code':
      return `${finding.language} ${visible(finding.text.text)}`;
    case 'script':
      return `script ${finding.language} ${visible(finding.path.text)}`;
    default:
      return finding.kind;
  }
}

function visible(text: string): string {
  return text.replaceAll('\u0000', '$');
}
