import { cancel, isCancel, password, select } from '@clack/prompts';
import { FirebreakError } from '#base/errors';
import { Cancelled, type Terminal, UsageError } from './terminal.js';

/**
 * What a question gave.
 *
 * @param otherwise what is said when the person cancelled it (Ctrl-C).
 * @throws Cancelled
 */
export function answered<T>(answer: T, otherwise = 'Nothing was done.'): Exclude<T, symbol> {
  if (isCancel(answer)) {
    cancel(otherwise);
    throw new Cancelled();
  }
  return answer as Exclude<T, symbol>; // A symbol is what `isCancel` looks for.
}

export async function chooseApprover(
  terminal: Terminal,
  approvers: readonly string[],
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) return given;
  const [only, ...others] = approvers;
  if (only === undefined) {
    throw new FirebreakError('APPROVER_UNKNOWN', 'nobody is enrolled as an approver', {
      hint: 'stop the daemon and run `firebreak init` on its terminal',
    });
  }
  if (others.length === 0) return only;
  if (!terminal.interactive)
    throw new UsageError('several people can approve', `say who you are: --approver ${approvers.join('|')}`);
  return answered(
    await select({ message: 'Who are you?', options: approvers.map((name) => ({ value: name, label: name })) }),
  );
}

export async function askCode(terminal: Terminal, approver: string, otherwise?: string): Promise<string> {
  if (!terminal.interactive) throw new UsageError('a code is needed', 'give it with --code, or run this on a terminal');
  return answered(await password({ message: `Code of ${approver}'s authenticator app`, mask: '•' }), otherwise);
}

export async function askSecret(terminal: Terminal, message: string): Promise<string> {
  if (!terminal.interactive) {
    // Piped in: `printf %s "$PASSWORD" | firebreak secrets add NAME` keeps it out of the process list and the history.
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
  return answered(await password({ message, mask: '•' }));
}
