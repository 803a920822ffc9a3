import { knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { type GitJudge, optionsOf } from './git-command.js';
import { isRun, pushes, settingRuns } from './settings.js';

/** git-config(1): what is set here may make every later call of git run something, or protect less. */
const config: GitJudge = (command) => {
  const options = optionsOf(command, [
    '-f',
    '--file',
    '--blob',
    '--type',
    '--default',
    '--comment',
    '--value',
    '--url',
  ]);
  if (
    options.has(
      '--get',
      '--get-all',
      '--get-regexp',
      '--get-urlmatch',
      '--get-color',
      '--get-colorbool',
      '-l',
      '--list',
      '--show-origin',
      '--show-scope',
    )
  )
    return [];
  const [first, ...rest] = options.operands;
  const verb = knownText(first) ?? '';
  if (/^(?:list|get|edit)$/u.test(verb)) return [];
  const isVerb = /^(?:set|unset|rename-section|remove-section)$/u.test(verb);
  const words = isVerb || first === undefined ? rest : [first, ...rest];
  const [key] = words;
  if (key === undefined) return [];
  const unsets =
    options.has('--unset', '--unset-all', '--remove-section', '--rename-section') ||
    /^(?:unset|re)/u.test(isVerb ? verb : '');
  if (words.length < 2 && !unsets) return [];
  const own = /firebreak/iu.test(key.text);
  const scope = options.has('--global')
    ? 'for the user'
    : options.has('--system')
      ? 'for everybody'
      : 'for the repository';
  const finding: Finding = {
    kind: 'effect',
    verb: isRun(key.text) && !unsets ? 'configure' : 'write',
    resource: { kind: own ? 'firebreak' : 'git-setting', name: key.written },
    place: 'local',
    reversible: 'yes',
    explain: `${unsets ? 'takes back' : 'changes'} the setting ${key.written} of git ${scope}`,
  };
  if (unsets) return [finding];
  const value = words[1];
  if (value === undefined) return [finding];
  const name = key.text.toLowerCase();
  // What git will run with the next command is judged now, and so is what an alias stands for.
  const runs =
    /^alias\./u.test(name) && !value.text.startsWith('!')
      ? [{ kind: 'shell', text: { ...value, text: `git ${value.text}` }, by: `git ${name}` } as const]
      : settingRuns(name, value).filter(({ kind }) => kind !== 'effect');
  return [finding, ...runs, ...pushes(name, value)];
};

export const CONFIG: Readonly<Record<string, GitJudge>> = { config };
