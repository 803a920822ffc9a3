import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { exportLog } from '#record/export';
import { readEntries, viewLog } from '#record/read-entries';
import type { LogReader } from '#record/storage';
import { verifyLog } from '#record/verify';
import { logLine } from './log-line.js';
import type { AddCommand } from './program.js';
import { Story, sessionOf } from './story.js';
import { storyLines } from './story-lines.js';
import { EXIT } from './terminal.js';

/** C2SP signed-note: `<name>+<hash>+<base64>`. */
const VERIFIER_KEY = /^\S+\+[0-9a-f]{8}\+\S+$/;

export const logCommand: AddCommand = (program, act) => {
  const log = program.command('log').description('the record of everything: show it, verify it, take it away');

  log
    .command('show', { isDefault: true })
    .description('the newest entries, oldest first')
    .option('--last <n>', 'how many', parseCount, 50)
    .option('--session <id>', "one session as a story: Firebreak's id of it, the agent's own, or `last`")
    .action(
      act(async ({ services, terminal, where }, options: { last: number; session?: string }) => {
        const { reader } = services.log(where);
        const write = terminal.json ? jsonList() : undefined;
        if (options.session !== undefined) {
          const story = new Story(options.session === 'last' ? await lastSession(reader) : options.session);
          for await (const { data } of readEntries(reader)) {
            const text = Buffer.from(data).toString('utf8');
            if (story.add(JSON.parse(text))) write?.item(text);
          }
          if (write === undefined) terminal.result(undefined, storyLines(story).join('\n'));
        } else {
          const { head } = await viewLog(reader);
          for await (const { index, data } of readEntries(reader, Math.max(0, head.size - options.last))) {
            const text = Buffer.from(data).toString('utf8');
            if (write === undefined) terminal.result(undefined, logLine(index, text));
            else write.item(text);
          }
        }
        write?.end();
        return EXIT.done;
      }),
    );

  log
    .command('verify')
    .description('check every entry, offline, with the public key alone')
    .argument('[folder]', 'a copy of a log (default: the log of the state folder)')
    .option('--key <key>', 'the public key, or a file with it (default: log.vkey of the state folder)')
    .option('--kept <file>', 'a checkpoint that you kept: also prove that the log still contains it')
    .action(
      act(
        async ({ services, terminal, where }, folder: string | undefined, options: { key?: string; kept?: string }) => {
          const reader = folder === undefined ? services.log(where).reader : services.logAt(folder);
          const publicKey = options.key === undefined ? services.log(where).publicKey : keyIn(options.key);
          const kept = options.kept === undefined ? {} : { keptCheckpoint: readFileSync(options.kept, 'utf8') };
          const report = await verifyLog(reader, { publicKey, ...kept });
          const bad = report.firstBad;
          terminal.result(
            report,
            report.ok
              ? `The log is sound: ${report.size} entries, every one as it was signed by ${report.origin}.`
              : [
                  `THE LOG IS NOT SOUND${bad === undefined ? '' : `: entry ${bad.first} is the first bad one (${bad.reason})`}`,
                  ...report.problems.map((problem) => `  ${problem.file}: ${problem.reason}`),
                ].join('\n'),
          );
          return report.ok ? EXIT.done : EXIT.failed;
        },
      ),
    );

  log
    .command('export')
    .description('a copy in plain tlog-tiles files, which verifies anywhere')
    .argument('<folder>', 'a new or empty folder')
    .action(
      act(async ({ services, terminal, where }, folder: string) => {
        const { reader, publicKey } = services.log(where);
        const head = await exportLog(reader, await services.emptyLogFolder(folder), publicKey);
        terminal.result(
          { folder, size: head.size, publicKey },
          `Exported ${head.size} entries to ${folder}.\nVerify it anywhere with this public key:\n${publicKey}`,
        );
        return EXIT.done;
      }),
    );
};

/** The session that did something last; empty when none did anything. */
async function lastSession(reader: LogReader): Promise<string> {
  let last = '';
  for await (const { data } of readEntries(reader)) {
    last = sessionOf(JSON.parse(Buffer.from(data).toString('utf8'))) ?? last;
  }
  return last;
}

function keyIn(given: string): string {
  return VERIFIER_KEY.test(given) ? given : readFileSync(given, 'utf8').trim();
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('write a number, 1 or more.');
  return count;
}

/** One JSON array, written as its items come: a log may be larger than the memory. */
function jsonList() {
  let count = 0;
  return {
    item: (json: string) => process.stdout.write(`${count++ === 0 ? '[' : ',\n'}${json}`),
    end: () => process.stdout.write(count === 0 ? '[]\n' : ']\n'),
  };
}
