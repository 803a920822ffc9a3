import { readFileSync } from 'node:fs';
import { exportLog } from '#record/export';
import { readEntries, viewLog } from '#record/read-entries';
import { verifyLog } from '#record/verify';
import { logLine } from './log-line.js';
import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

export const logCommand: AddCommand = (program, act) => {
  const log = program.command('log').description('the record of everything: show it, verify it, take it away');

  log
    .command('show', { isDefault: true })
    .description('the newest entries, oldest first')
    .option('--last <n>', 'how many', Number, 50)
    .option('--session <id>', 'of one session only')
    .action(
      act(async ({ services, terminal, where }, options: { last: number; session?: string }) => {
        const { reader } = services.log(where);
        const { head } = await viewLog(reader);
        const from =
          options.session === undefined ? Math.max(0, head.size - Math.max(1, Math.floor(options.last) || 50)) : 0;
        for await (const { index, data } of readEntries(reader, from)) {
          const text = Buffer.from(data).toString('utf8');
          const line = logLine(index, text);
          if (options.session !== undefined && line.session !== options.session) continue;
          process.stdout.write(`${terminal.json ? text : line.text}\n`);
        }
        return EXIT.done;
      }),
    );

  log
    .command('verify')
    .description('check every entry, offline, with the public key alone')
    .argument('[folder]', 'a copy of a log (default: the log of the state folder)')
    .option('--key <file>', 'the public key (default: log.vkey of the state folder)')
    .option('--kept <file>', 'a checkpoint that you kept: also prove that the log still contains it')
    .action(
      act(
        async ({ services, terminal, where }, folder: string | undefined, options: { key?: string; kept?: string }) => {
          const reader = folder === undefined ? services.log(where).reader : services.logAt(folder);
          const publicKey =
            options.key === undefined ? services.log(where).publicKey : readFileSync(options.key, 'utf8').trim();
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
