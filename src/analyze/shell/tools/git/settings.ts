import { type Argument, knownText, unknownArgument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Options } from '../../options.js';
import { after, onRemote, runs } from './git-command.js';

/** Settings whose value git runs as a command (git-config(1), gitattributes(5)). */
const RUN =
  /^(?:core\.(?:pager|editor|sshcommand|askpass|fsmonitor|gitproxy|alternaterefscommand)|pager\..+|sequence\.editor|diff\.external|diff\..+\.(?:command|textconv)|(?:diff|merge)tool\..+\.(?:cmd|path)|guitool\..+\.cmd|filter\..+\.(?:clean|smudge|process)|merge\..+\.driver|gpg\.(?:.+\.)?program|gpg\.ssh\.defaultkeycommand|credential\.(?:.+\.)?helper|interactive\.difffilter|(?:browser|man)\..+\.(?:cmd|path)|remote\..+\.(?:uploadpack|receivepack|vcs)|uploadpack\.packobjectshook|trailer\..+\.(?:cmd|command)|sendemail\.(?:.+\.)?(?:tocmd|cccmd|smtpserver|headercmd)|submodule\..+\.update|imap\.tunnel|init\.templatedir|core\.hookspath|include\.path|includeif\..+\.path|protocol\.ext\.allow|alias\..+)$/u;

/** Of these the value names files that git runs or reads settings from. */
const LEADS_TO_CODE = /^(?:init\.templatedir|core\.hookspath|include\.path|includeif\..+\.path|protocol\.ext\.allow)$/u;

/** True when git would run what this setting says. */
export function isRun(key: string): boolean {
  return RUN.test(key.toLowerCase());
}

/** Settings that hold for this one command: `-c`, `--config-env`, GIT_CONFIG_COUNT and its keys and values. */
export function settingsOf(options: Options, variables: ReadonlyMap<string, Argument>): ReadonlyMap<string, Argument> {
  const settings = new Map<string, Argument>();
  for (const [name, key] of variables) {
    const number = /^GIT_CONFIG_KEY_(\d+)$/u.exec(name)?.[1];
    if (number !== undefined)
      settings.set(key.text.toLowerCase(), variables.get(`GIT_CONFIG_VALUE_${number}`) ?? unknownArgument(name));
  }
  for (const word of options.values('-c')) {
    const equals = word.text.indexOf('=');
    const key = equals < 0 ? word.text : word.text.slice(0, equals);
    settings.set(key.toLowerCase(), equals < 0 ? { ...word, text: 'true' } : after(word, equals + 1));
  }
  for (const word of options.values('--config-env')) {
    const [key = '', variable = ''] = word.text.split('=');
    settings.set(key.toLowerCase(), variables.get(variable) ?? unknownArgument(word.written));
  }
  return settings;
}

/** What git would run because of these settings. */
export function settingsRun(settings: ReadonlyMap<string, Argument>): readonly Finding[] {
  return [...settings].flatMap(([key, value]) => settingRuns(key, value));
}

export function settingRuns(key: string, value: Argument): readonly Finding[] {
  if (!isRun(key)) {
    // An unknown key could be any.
    return key.includes('\u0000') ? [{ kind: 'opaque', explain: 'gives git a setting that is not known' }] : [];
  }
  const text = knownText(value) ?? '';
  if (value.certainty !== 'unknown' && isInert(key, text)) return [];
  if (LEADS_TO_CODE.test(key))
    return [
      {
        kind: 'effect',
        verb: 'execute',
        resource: { kind: 'git-setting', name: key },
        place: 'local',
        explain: `has git run what ${value.written} names`,
      },
    ];
  if (/^alias\.|^submodule\./u.test(key)) return text.startsWith('!') ? runs(after(value, 1), `git ${key}`) : [];
  if (/^credential\./u.test(key) && !/^[!/~]/u.test(text)) return [];
  return runs(text.startsWith('!') ? after(value, 1) : value, `git ${key}`);
}

/** Settings with which a plain push overwrites or deletes at the remote (git-config(1), "remote.<name>.push", "mirror"). */
export function pushes(key: string, value: Argument): readonly Finding[] {
  const overwrites =
    (/^remote\..+\.push$/u.test(key) && /^[+:]/u.test(value.text)) ||
    (/^remote\..+\.mirror$/u.test(key) && !/^(?:false|no|off|0)$/iu.test(value.text));
  return overwrites
    ? onRemote('destroy', key, `has every push overwrite what the remote has (${key})`, { reversible: 'no' })
    : [];
}

/** Nothing is run: an empty text, a word for yes or no, `/dev/null` for a folder of hooks. */
function isInert(key: string, text: string): boolean {
  if (text === '' || text === '/dev/null') return true;
  if (/^(?:core\.fsmonitor|pager\.)/u.test(key)) return /^(?:true|false|yes|no|on|off|0|1)$/iu.test(text);
  return key === 'protocol.ext.allow' && text === 'never';
}

/** Variables whose value git runs as a command (git(1), "ENVIRONMENT VARIABLES"). */
const RUN_VARIABLES =
  /^(?:GIT_(?:PAGER|EDITOR|SEQUENCE_EDITOR|SSH_COMMAND|SSH|ASKPASS|EXTERNAL_DIFF|PROXY_COMMAND)|SSH_ASKPASS|EDITOR|VISUAL|PAGER)$/u;

export function variablesRun(variables: ReadonlyMap<string, Argument>): readonly Finding[] {
  const found: Finding[] = [];
  for (const [name, value] of variables) {
    if (RUN_VARIABLES.test(name)) found.push(...runs(value, name));
    const parameters = name === 'GIT_CONFIG_PARAMETERS' ? value.text : '';
    for (const [, key = '', text = ''] of parameters.matchAll(/'([^'=]+)(?:=|'=')([^']*)'/gu))
      found.push(...settingRuns(key.toLowerCase(), { ...value, text }));
    if (name === 'GIT_EXEC_PATH')
      found.push({ kind: 'opaque', explain: `has git run its commands from ${value.written}` });
  }
  return found;
}
