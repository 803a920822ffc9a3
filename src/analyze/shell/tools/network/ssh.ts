import { type Argument, exactly, knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { joinedBy } from './http-body.js';

/** Options with a value. Source: ssh(1), scp(1), sftp(1). */
const SSH_VALUES = '-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w'.split(' ');
const COPY_VALUES = '-c -D -F -i -J -l -o -P -S -X -b -B -R -s'.split(' ');

/** A command on another host: the words after the host are one text for the shell there. */
export const ssh: Tool = {
  names: ['ssh', 'autossh', 'slogin', 'dbclient'],
  judge: ({ name, args, input }) => {
    const options = readOptions(args, {
      values: name === 'autossh' ? [...SSH_VALUES, '-M'] : SSH_VALUES,
      stopAtOperand: true,
    });
    const [host, ...rest] = options.operands;
    const here = proxied(options);
    if (host === undefined || options.has('-V', '-Q', '-G')) return here;
    // Options may also stand between the host and the command.
    const after = readOptions(rest, { values: SSH_VALUES, stopAtOperand: true });
    const text = joinedBy(' ', after.operands) ?? (input.kind === 'text' ? input.text : undefined);
    const elsewhere = `on host ${host.written}`;
    if (text !== undefined) return [...here, ...proxied(after), { kind: 'shell', text, elsewhere, by: 'ssh' }];
    if (input.kind === 'file')
      return [...here, { kind: 'opaque', explain: `runs the commands of ${input.path.written} ${elsewhere}` }];
    return [...here, ...proxied(after)];
  },
};

/** `ProxyCommand` and `LocalCommand` run on this machine. */
function proxied(options: Options): readonly Finding[] {
  return options.values('-o').flatMap((one): readonly Finding[] => {
    const found = /^\s*(ProxyCommand|LocalCommand|KnownHostsCommand)[\s=]+(.*)$/isu.exec(one.text);
    const command = found?.[2];
    if (command === undefined || command === 'none') return [];
    const text: Argument = one.certainty === 'exact' ? exactly(command) : { ...one, text: command };
    return [{ kind: 'shell', text, by: `ssh -o ${found?.[1] ?? ''}` }];
  });
}

/** Commands of sftp that take something away on the host. Source: sftp(1). */
const SFTP_LOSS = /^\s*-?(?:rm|rmdir|rename|chmod|chown|ln)\b/mu;

export const sftp: Tool = {
  names: ['sftp', 'lftp', 'ftp', 'ncftp'],
  judge: ({ name, args, input }) => {
    const options = readOptions(args, { values: name === 'lftp' ? ['-e', '-c', '-u', '-p', '-f'] : COPY_VALUES });
    const host = options.operands[0];
    const script = name === 'lftp' ? options.value('-e', '-c') : undefined;
    const text = knownText(script) ?? (input.kind === 'text' ? knownText(input.text) : undefined);
    const findings = [...proxied(options)];
    const loss = /(?:^|[;\n])\s*(?:rm|mrm|rmdir|delete|mdelete|mirror\s[^;\n]*--delete)\b/u;
    if (text !== undefined && (SFTP_LOSS.test(text) || loss.test(text))) {
      const resource = { kind: 'host-files', name: host?.written ?? name };
      findings.push({
        kind: 'effect',
        verb: 'destroy',
        resource,
        place: 'remote',
        explain: `deletes or changes files on ${resource.name}`,
      });
    }
    return findings;
  },
};

/** mosh(1): the words after the host are a command there. sshpass(1): the words are a program here. */
export const mosh: Tool = {
  names: ['mosh', 'et'],
  judge: ({ args, input }) => {
    const options = readOptions(args, { values: ['-p', '--port', '-c'], stopAtOperand: true });
    const [host, ...rest] = options.operands;
    const words = rest.filter(({ text }, index) => index > 0 || text !== '--');
    return host === undefined || words.length === 0
      ? []
      : [{ kind: 'command', words, input, elsewhere: `on host ${host.written}`, by: 'mosh' }];
  },
};

export const sshpass: Tool = {
  names: ['sshpass'],
  judge: ({ args, input }) => {
    const words = readOptions(args, { values: ['-p', '-f', '-d', '-P'], stopAtOperand: true }).operands;
    return words.length === 0 ? [] : [{ kind: 'command', words, input, by: 'sshpass' }];
  },
};

/** Many hosts at once: `pssh -H 'a b' command`, `pdsh -w a,b command`, `clush -w a,b command`. */
export const parallelSsh: Tool = {
  names: ['pssh', 'parallel-ssh', 'pdsh', 'clush', 'cssh', 'dsh'],
  judge: ({ args }) => {
    const values = [
      '-H',
      '--host',
      '-h',
      '--hosts',
      '-l',
      '--user',
      '-p',
      '--par',
      '-o',
      '-e',
      '-t',
      '--timeout',
      '-O',
      '-w',
      '-g',
      '-x',
      '-f',
      '-u',
      '-m',
    ];
    const text = joinedBy(' ', readOptions(args, { values, stopAtOperand: true }).operands);
    return text === undefined ? [] : [{ kind: 'shell', text, elsewhere: 'on many hosts', by: 'parallel ssh' }];
  },
};
