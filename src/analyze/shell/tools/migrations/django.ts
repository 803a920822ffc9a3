/** Source: Django's reference of django-admin and manage.py, and django-extensions. */
import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { fromInput } from '../interpreters/interpreter.js';
import { APPLIES, DROPS, judgeMigration, type MigrationRules, UNDOES } from './migration-tool.js';

const DJANGO: MigrationRules = {
  names: ['manage.py', 'django-admin', 'django-admin.py'],
  values: ['--settings', '--pythonpath', '--database', '-v', '--verbosity', '-c', '--command', '--router', '--tag'],
  dryRun: ['--plan', '--check', '--dry-run'],
  rules: [
    { command: 'flush', does: 'destroy', explain: 'deletes every row of every table' },
    { command: 'reset_db|reset_schema|drop_test_database', does: 'destroy', explain: DROPS },
    { command: 'migrate * zero', does: 'destroy', explain: 'undoes every migration of' },
    // To a migration by its number: those after it are undone.
    { command: 'migrate * *', does: 'destroy', explain: UNDOES },
    { command: 'migrate', does: 'configure', explain: APPLIES },
    {
      command: 'clear_cache|clearsessions|remove_stale_contenttypes|delete_*|purge_*|truncate_*',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'loaddata', does: 'write', explain: 'adds what a file holds' },
    { command: 'createsuperuser|changepassword', does: 'grant', explain: 'changes who may administer the site' },
    {
      command: 'collectstatic',
      when: ['--clear', '-c'],
      does: 'destroy',
      own: true,
      explain: 'deletes the static files before it collects them',
    },
  ],
};

export const django: Tool = {
  names: DJANGO.names,
  judge: (invocation): readonly Finding[] => judgeDjango(invocation),
};

/** `python manage.py` is a script by that name. */
function judgeDjango(invocation: Invocation): readonly Finding[] {
  const options = readOptions(invocation.args, { values: DJANGO.values });
  const [command, ...rest] = options.operands;
  const by = `${invocation.name} ${command?.text ?? ''}`;
  if (options.has('--help', '-h')) return [];
  switch (command?.text) {
    case 'shell':
    case 'shell_plus': {
      const code = options.value('-c', '--command');
      return code === undefined
        ? fromInput(invocation.input, 'python', by)
        : [{ kind: 'code', language: 'python', text: code, by }];
    }
    case 'dbshell': {
      const at = invocation.args.findIndex(({ text }) => text === '--');
      const words = at < 0 ? rest : invocation.args.slice(at + 1);
      return [{ kind: 'command', words: [exactly('psql'), ...words], input: invocation.input, by }];
    }
    case 'runscript':
      return [];
    default:
      return judgeMigration(DJANGO, invocation);
  }
}
