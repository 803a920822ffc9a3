// A stand-in for psql on machines that have none: what `demo/agent.sh` uses of it, with the real one's words and exit
// codes (0 done, 1 a fatal error of its own, 2 connection lost or refused, 3 a script stopped by ON_ERROR_STOP).
import process from 'node:process';
import pg from 'pg';

const RIGHT_ALIGNED = new Set([20, 21, 23, 26, 700, 701, 1700]); // int8, int2, int4, oid, float4, float8, numeric

class UsageError extends Error {}

function readArguments(args) {
  const options = {
    commands: [],
    tuplesOnly: false,
    unaligned: false,
    quiet: false,
    stopOnError: false,
    url: undefined,
  };
  const rest = [...args];
  const value = (flag) => {
    const next = rest.shift();
    if (next === undefined) throw new UsageError(`option requires an argument -- '${flag}'`);
    return next;
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '-c') options.commands.push(value('c'));
    else if (arg === '-v') options.stopOnError ||= value('v') === 'ON_ERROR_STOP=1';
    else if (arg === '-d') options.url = value('d');
    else if (/^-[XqAt]+$/.test(arg)) {
      options.tuplesOnly ||= arg.includes('t');
      options.unaligned ||= arg.includes('A');
      options.quiet ||= arg.includes('q');
    } else if (arg === '--version') options.version = true;
    else if (arg.startsWith('-')) throw new UsageError(`invalid option -- '${arg.replace(/^-+/, '')}'`);
    else options.url ??= arg;
  }
  return options;
}

function complain(text) {
  process.stderr.write(`${text}\n`);
}

/** Errors and notices have the same fields (PostgreSQL documentation, 55.8). */
function report(message, sql) {
  complain(`${message.severity}:  ${message.message}`);
  if (message.position && sql) {
    const before = sql.slice(0, Number(message.position) - 1).split('\n');
    const prefix = `LINE ${before.length}: `;
    complain(prefix + sql.split('\n')[before.length - 1]);
    complain(`${' '.repeat(prefix.length + before.at(-1).length)}^`);
  }
  if (message.detail) complain(`DETAIL:  ${message.detail}`);
  if (message.hint) complain(`HINT:  ${message.hint}`);
  if (message.where) complain(`CONTEXT:  ${message.where}`);
}

function showRows({ fields, rows }, { tuplesOnly, unaligned }) {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const names = fields.map(({ name }) => name);
  const lines = [];
  if (unaligned) {
    if (!tuplesOnly) lines.push(names.join('|'));
    lines.push(...cells.map((row) => row.join('|')));
  } else {
    const widths = names.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
    const centred = (text, width) => {
      const left = Math.floor((width - text.length) / 2);
      return ' '.repeat(left) + text + ' '.repeat(width - text.length - left);
    };
    const aligned = (text, i) =>
      RIGHT_ALIGNED.has(fields[i].dataTypeID) ? text.padStart(widths[i]) : text.padEnd(widths[i]);
    if (!tuplesOnly) {
      lines.push(names.map((name, i) => ` ${centred(name, widths[i])} `).join('|'));
      lines.push(widths.map((width) => '-'.repeat(width + 2)).join('+'));
    }
    lines.push(
      ...cells.map((row) =>
        row
          .map((cell, i) => ` ${aligned(cell, i)} `)
          .join('|')
          .trimEnd(),
      ),
    );
  }
  if (!tuplesOnly) lines.push(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`, '');
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  if (options.version) {
    process.stdout.write("psql (Firebreak's stand-in for the replay)\n");
    return 0;
  }
  if (options.commands.length === 0) throw new UsageError('this stand-in needs -c');
  const seconds = Number(process.env['PGCONNECT_TIMEOUT'] ?? 0);
  const client = new pg.Client({
    connectionString: options.url,
    connectionTimeoutMillis: seconds * 1000,
    application_name: 'psql',
    types: { getTypeParser: () => (text) => text },
  });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('notice', (notice) => report(notice));
  // The driver keeps only the first word of a command tag; psql shows all of it.
  client.connection.on('commandComplete', ({ text }) => {
    if (!options.quiet && !/^(SELECT|SHOW)\b/.test(text)) process.stdout.write(`${text}\n`);
  });
  try {
    await client.connect();
  } catch (error) {
    const where = `connection to server at "${client.host}", port ${client.port} failed`;
    const reason = error.severity ? `${error.severity}:  ${error.message}` : connectionProblem(error);
    complain(`psql: error: ${where}: ${reason}`);
    if (error.detail) complain(`DETAIL:  ${error.detail}`);
    if (error.hint) complain(`HINT:  ${error.hint}`);
    return 2;
  }
  for (const command of options.commands) {
    try {
      const results = await client.query({ text: command, rowMode: 'array' });
      for (const result of [results].flat()) if (result.fields.length > 0) showRows(result, options);
    } catch (error) {
      if (error.severity) report(error, command);
      if (lost || !error.severity) {
        complain('server closed the connection unexpectedly');
        complain('\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.');
        complain('connection to server was lost');
        return 2;
      }
      await client.end().catch(() => {
        lost = true; // it is closed either way
      });
      return 1;
    }
  }
  await client.end();
  return 0;
}

function connectionProblem(error) {
  if (error.code === 'ECONNREFUSED') {
    return 'Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?';
  }
  return /timeout/i.test(error.message) ? 'timeout expired' : error.message;
}

process.exitCode = await main().catch((error) => {
  complain(`psql: error: ${error.message}`);
  return 1;
});
