/** For a person at a terminal: says what waits and how to decide it, on the page or with a command. */
import type { HoldView } from '#action/hold-view';
import { codeNow } from './authenticator.js';
import type { Guard } from './guard.js';
import type { Paint } from './paint.js';

export function createPerson(print: (line: string) => void, paint: Paint): (hold: HoldView, guard: Guard) => void {
  return (hold, guard) => {
    const command = (verb: string) =>
      `npx firebreak ${verb} ${hold.id} --config ${guard.configFile} --state ${guard.state.path}`;
    print(
      [
        '',
        paint.title(`  ${hold.id} waits for you: ${hold.effects.map((effect) => effect.explain).join('; ')}`),
        `  Decide on the page:  ${guard.pageUrl}/holds/${hold.id}   (sign in as ${guard.approver.name})`,
        `  or in another terminal:  ${command('reject')}`,
        `                           ${command('approve')} --code ${codeNow(guard.approver.totpSecret)}`,
        paint.faint(
          `  The replay plays your authenticator app: the code now is ${codeNow(guard.approver.totpSecret)}; each works once.`,
        ),
        '',
      ].join('\n'),
    );
  };
}
