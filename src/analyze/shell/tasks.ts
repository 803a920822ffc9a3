/** Runs the tasks that a file of the project defines. */
import { type Argument, exactly, knownText } from './argument.js';
import type { TaskFinding } from './finding.js';
import type { Found } from './follow.js';
import type { Invocation } from './invocation.js';
import { Scope } from './scope.js';
import type { Sources } from './sources.js';
import { runsBinaries, taskTexts } from './task-texts.js';
import { through, type Via } from './via.js';
import type { Walk } from './walk.js';

export class Tasks {
  private readonly sources: Sources;
  private readonly tell: (finding: Found['finding'], scope: Scope, via: Via) => void;
  private readonly start: Walk['start'];
  private readonly text: (text: Argument, scope: Scope, via: Via) => void;

  constructor(given: {
    readonly sources: Sources;
    readonly tell: (finding: Found['finding'], scope: Scope, via: Via) => void;
    readonly start: Walk['start'];
    readonly text: (text: Argument, scope: Scope, via: Via) => void;
  }) {
    this.sources = given.sources;
    this.tell = given.tell;
    this.start = given.start;
    this.text = given.text;
  }

  /** @param scope in the folder of the file that defines the task. */
  run(finding: TaskFinding, invocation: Invocation, scope: Scope, via: Via): void {
    const { task } = finding;
    const by = [invocation.name, ...(task === undefined ? [] : [task.written])].join(' ');
    const name = task === undefined ? undefined : knownText(task);
    const deeper = through(via, by);
    let found = false;
    // When the folder is in doubt: what the file of each that it may be says.
    for (const folder of task !== undefined && name === undefined ? [] : scope.places()) {
      const doubts: string[] = [];
      const texts = taskTexts(finding, name, folder, this.sources, doubts);
      for (const why of doubts) this.tell({ kind: 'opaque', explain: `runs ${by}; ${why}` }, scope, via);
      found ||= texts !== undefined;
      for (const text of texts ?? []) {
        // Each line of make and just has a shell of its own.
        this.text(exactly(text), Scope.begin({ folder, home: scope.home }), deeper);
      }
    }
    if (found) return;
    if (task !== undefined && runsBinaries(invocation.name, name)) {
      // What is no script of the project is a program of one of its packages.
      const rest = finding.args.filter(({ text }) => text !== '--');
      this.start([task, ...rest], { scope, via: deeper, input: invocation.input, external: true });
    } else this.tell({ kind: 'runs', explain: `runs ${by}`, reads: false }, scope, via);
  }
}
