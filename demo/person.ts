/** The person at the terminal: is told what waits, and decides it here, on the page or in another terminal. */
import { headline } from '#action/headline';
import type { HoldView } from '#action/hold-view';
import { messageOf } from '#base/errors';
import type { Guard } from './guard.js';
import { listenForKeys } from './keys.js';
import { wrapped } from './narrator.js';
import type { Paint } from './paint.js';

export interface Person {
  /** Tells of a hold; whoever decides it does so on their own time. */
  tell(hold: HoldView, guard: Guard): void;
  /** True when the person has left the rest to the replay. */
  readonly leftItToUs: boolean;
  close(): void;
}

export interface PersonOptions {
  readonly print: (line: string) => void;
  readonly paint: Paint;
  readonly columns: number;
}

export function createPerson({ print, paint, columns }: PersonOptions): Person {
  let waiting: { readonly hold: HoldView; readonly guard: Guard } | undefined;
  let leftItToUs = false;

  function nextCode({ authenticator }: Guard): string {
    const code = authenticator.next();
    return typeof code === 'string'
      ? `${code} (works once)`
      : `none for the next ${Math.ceil(code / 1000)} s; each works once`;
  }

  function press(key: string): void {
    if (waiting === undefined) return;
    const { hold, guard } = waiting;
    const { operations, approver } = guard;
    const by = approver.name;
    const done = (work: Promise<unknown>, what: string) =>
      void work.then(
        () => print(paint.good(`    [you] ${what}`)),
        (error: unknown) => print(paint.bad(`    [you] ${messageOf(error)}`)),
      );
    switch (key) {
      case 'r':
        waiting = undefined;
        done(
          operations.reject(hold.id, { by, reason: 'this is production; the task was staging' }),
          `reject ${hold.id}`,
        );
        break;
      case 'f': {
        waiting = undefined;
        const until = Date.now() + 3_600_000;
        const freeze = operations.freeze({ environment: 'production', reason: 'incident review', until, by });
        done(freeze, `freeze production, with ${hold.id} still waiting`);
        break;
      }
      case 'c':
        print(paint.faint(`    a code of your authenticator app: ${nextCode(guard)}`));
        break;
      case 's':
        leftItToUs = true;
        waiting = undefined;
        break;
    }
  }

  const keys = listenForKeys(press);
  return {
    tell(hold, guard) {
      waiting = { hold, guard };
      const undo = hold.undo === undefined ? '' : `; ${hold.undo.words}`;
      const what = `  ${hold.id} waits for you: ${headline(hold)}${undo}`;
      print(
        [
          '',
          ...wrapped(what, columns - 1, 4).map(paint.title),
          '  Press r to reject it, f to freeze production, s to let the replay go on alone.',
          `  Or decide on the page, signed in as \`${guard.approver.name}\` (c shows a code):`,
          `    ${guard.pageUrl}/holds/${hold.id}`,
          '  or in another terminal, here:',
          `    npx firebreak approve ${hold.id} --state ${guard.state.path}`,
          '',
        ].join('\n'),
      );
    },
    get leftItToUs() {
      return leftItToUs;
    },
    close: () => keys.close(),
  };
}
