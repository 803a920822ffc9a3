/** What a task runs, as the file that defines it says. */

/** Texts for a shell, in order; undefined: the file does not define this task, or cannot be read. */
export type TaskTexts = readonly string[] | undefined;

/** A script of package.json, with what runs before and after it (docs.npmjs.com, "scripts"). */
export function npmScript(file: string, task: string, args: string): TaskTexts {
  let scripts: ReadonlyMap<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(file);
    const found =
      typeof parsed === 'object' && parsed !== null ? new Map(Object.entries(parsed)).get('scripts') : undefined;
    scripts = new Map(Object.entries(typeof found === 'object' && found !== null ? found : {}));
  } catch {
    return undefined; // npm itself fails at it.
  }
  const main = scripts.get(task);
  if (typeof main !== 'string') return undefined;
  const around = [scripts.get(`pre${task}`), `${main} ${args}`, scripts.get(`post${task}`)];
  return around.filter((text): text is string => typeof text === 'string');
}

interface Rule {
  readonly needs: readonly string[];
  readonly recipe: readonly string[];
}

/** The recipes of a target and of what it needs (GNU make manual, 4 and 5), first to last. */
export function makeTarget(file: string, target: string | undefined, given: readonly string[]): TaskTexts {
  const variables = new Map<string, string>();
  const rules = new Map<string, Rule>();
  let first: string | undefined;
  let current: string[] = [];
  for (const line of file.replaceAll('\\\n', ' ').split('\n')) {
    if (line.startsWith('\t')) {
      for (const name of current) {
        const rule = rules.get(name);
        if (rule !== undefined) rules.set(name, { ...rule, recipe: [...rule.recipe, line.trim()] });
      }
      continue;
    }
    const assignment = /^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(?:::?:?|\?|\+)?=\s*(.*)$/u.exec(line);
    if (assignment !== null) {
      variables.set(assignment[1] ?? '', (assignment[2] ?? '').replace(/\s+#.*$/u, ''));
      continue;
    }
    const rule = /^([^\s#:=][^#:=]*?)\s*::?(?!=)\s*([^#;|]*)(?:;\s*(.*))?/u.exec(line);
    if (rule === null) {
      if (line.trim() !== '' && !line.startsWith('#')) current = [];
      continue;
    }
    current = (rule[1] ?? '').split(/\s+/u);
    const needs = (rule[2] ?? '').split(/\s+/u).filter((name) => name !== '');
    for (const name of current) {
      const known = rules.get(name);
      rules.set(name, {
        needs: [...(known?.needs ?? []), ...needs],
        recipe: [...(known?.recipe ?? []), ...(rule[3] === undefined ? [] : [rule[3]])],
      });
    }
    if (first === undefined && !/^[.%]/u.test(current[0] ?? '')) [first] = current;
  }
  for (const word of given) {
    const equals = word.indexOf('=');
    if (equals > 0) variables.set(word.slice(0, equals).replace(/[:+?]$/u, ''), word.slice(equals + 1));
  }
  const wanted = target ?? first;
  if (wanted === undefined || !rules.has(wanted)) return undefined;
  const texts: string[] = [];
  const done = new Set<string>();
  const run = (name: string): void => {
    if (done.has(name) || done.size > 100) return;
    done.add(name);
    const rule = rules.get(name);
    for (const need of rule?.needs ?? []) run(need);
    for (const line of rule?.recipe ?? []) texts.push(substituted(line.replace(/^[@+-]+\s*/u, ''), name, variables));
  };
  run(wanted);
  return texts;
}

/** Variables of make; one that nobody set comes from outside or is empty, and stays a variable of the shell. */
function substituted(line: string, target: string, variables: ReadonlyMap<string, string>, depth = 0): string {
  if (depth > 8) return line;
  const text = line.replace(/\$(?:\$|\(([\w.-]+)\)|\{([\w.-]+)\}|([@<^*?A-Za-z]))/gu, (all, a, b, c) => {
    if (all === '$$') return '\u0001';
    const name = String(a ?? b ?? c);
    if (name === '@') return target;
    if (name === 'MAKE') return 'make';
    if (name === 'RM') return variables.get(name) ?? 'rm -f';
    return variables.get(name) ?? (/^\w+$/u.test(name) ? `\${${name.replace(/\W/gu, '_')}}` : '');
  });
  const more = /\$[({][\w.-]+[)}]/u.test(text) && text !== line;
  return (more ? substituted(text, target, variables, depth + 1) : text).replaceAll('\u0001', '$');
}

/** A recipe of just, with what it depends on (just manual, "Recipes"). */
export function justRecipe(file: string, task: string | undefined): TaskTexts {
  const rules = new Map<string, Rule>();
  let first: string | undefined;
  let current: string | undefined;
  for (const line of file.split('\n')) {
    const head = /^@?([A-Za-z_][\w-]*)((?:[^:"']|"[^"]*"|'[^']*')*):(?!=)\s*(.*)$/u.exec(line);
    if (head?.[1] !== undefined) {
      current = head[1];
      first ??= current;
      const needs = (head[3] ?? '')
        .replace(/[()&]/gu, ' ')
        .split(/\s+/u)
        .filter((name) => /^[A-Za-z_]/u.test(name));
      rules.set(current, { needs, recipe: [] });
    } else if (/^\s+\S/u.test(line) && current !== undefined) {
      const rule = rules.get(current);
      if (rule !== undefined)
        rules.set(current, { ...rule, recipe: [...rule.recipe, line.trim().replace(/^[@-]+/u, '')] });
    } else if (line.trim() !== '') current = undefined;
  }
  const wanted = task ?? first;
  if (wanted === undefined || !rules.has(wanted)) return undefined;
  const texts: string[] = [];
  const done = new Set<string>();
  const run = (name: string): void => {
    if (done.has(name) || done.size > 100) return;
    done.add(name);
    const rule = rules.get(name);
    for (const need of rule?.needs ?? []) run(need);
    // Values in double braces are just's own: a variable of the shell that nobody knows.
    for (const line of rule?.recipe ?? []) texts.push(line.replace(/\{\{[^}]*\}\}/gu, '$JUST_VALUE'));
  };
  run(wanted);
  return texts;
}
