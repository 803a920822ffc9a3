import type { Amount, Effect, Evidence, Reversible, Verb } from '#action/effect';
import { NO_AMOUNT } from '#action/effect';
import type { ResourceRef } from '#action/environment';
import type { Question } from '#action/question';

/** An effect before anyone knows its environments. */
export interface Finding {
  readonly verb: Verb;
  readonly resource: ResourceRef;
  readonly amount?: Amount;
  readonly reversible: Reversible;
  readonly evidence: Evidence;
  /** It is unknown, and running it inside a transaction that is rolled back would show what it does. */
  readonly tryable?: boolean;
  /** A function when like findings are one act and `amount` is a number: a hundred INSERTs are told as one sum. */
  readonly explain: string | ((count: number) => string);
}

/** More distinct effects than anyone could read are not listed one by one. */
export const MAX_EFFECTS = 1_000;

/** A finding from the text alone. */
export function parsed(
  verb: Verb,
  resource: ResourceRef,
  reversible: Reversible,
  explain: Finding['explain'],
  amount: Amount = NO_AMOUNT,
): Finding {
  return { verb, resource, amount, reversible, evidence: 'parsed', explain };
}

/** A finding for what nobody can foresee. FAIL-CLOSED: what is not understood is an effect of evidence `unknown`. */
export function unforeseen(resource: ResourceRef, explain: string): Finding {
  return { verb: 'execute', resource, reversible: 'unknown', evidence: 'unknown', explain };
}

/** The same for code that runs inside the database: what it changes can be counted by running it and rolling back. */
export function tryable(resource: ResourceRef, explain: string): Finding {
  return { ...unforeseen(resource, explain), tryable: true };
}

/** Collects what one action would do, without repeats, in the order in which it was found. */
export class Findings {
  readonly #environments: readonly string[];
  readonly #database: ResourceRef;
  readonly #found = new Map<string, { readonly finding: Finding; count: number }>();
  readonly #questions: Question[] = [];
  #unlisted = 0;
  #added = 0;
  #outside: string | undefined;

  constructor(database: ResourceRef, environments: readonly string[]) {
    this.#database = database;
    this.#environments = environments;
  }

  /** The database as a whole, for what touches no single object. */
  get database(): ResourceRef {
    return this.#database;
  }

  /** How many findings were added so far, repeats included. */
  get added(): number {
    return this.#added;
  }

  /** The first thing that must not be tried out: unknown, and nobody can promise that a rollback takes it back. */
  get outside(): string | undefined {
    return this.#outside;
  }

  add(finding: Finding): void {
    this.#added += 1;
    if (finding.evidence === 'unknown' && finding.tryable !== true) {
      this.#outside ??= typeof finding.explain === 'string' ? finding.explain : finding.explain(1);
    }
    const { verb, resource, amount = NO_AMOUNT, reversible, evidence, explain } = finding;
    const summed = typeof explain !== 'string' && typeof amount.count === 'number';
    const key = JSON.stringify([
      verb,
      resource.kind,
      resource.name,
      reversible,
      evidence,
      typeof explain === 'string' ? explain : explain(0),
      summed ? null : amount,
    ]);
    const count = typeof amount.count === 'number' ? amount.count : 0;
    const known = this.#found.get(key);
    if (known !== undefined) {
      if (summed) known.count += count;
    } else if (this.#found.size < MAX_EFFECTS) this.#found.set(key, { finding, count });
    else this.#unlisted += 1;
  }

  ask(question: Question): void {
    this.#questions.push(question);
  }

  get questions(): readonly Question[] {
    return this.#questions;
  }

  effects(): readonly Effect[] {
    const effects = [...this.#found.values()].map(({ finding, count }) => this.#effect(finding, count));
    if (this.#unlisted > 0) {
      // FAIL-CLOSED: effects that are too many to list are one unknown effect.
      const rest = unforeseen(this.#database, `does ${this.#unlisted} further things, too many to list`);
      effects.push(this.#effect(rest, 0));
    }
    return effects;
  }

  #effect(finding: Finding, count: number): Effect {
    const { verb, resource, amount = NO_AMOUNT, reversible, evidence, explain } = finding;
    return {
      verb,
      resource,
      environments: this.#environments,
      amount: typeof explain === 'string' ? amount : { ...amount, count },
      reversible,
      evidence,
      explain: typeof explain === 'string' ? explain : explain(count),
    };
  }
}
