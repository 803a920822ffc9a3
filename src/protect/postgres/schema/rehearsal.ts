import { type SqlConnection, SqlError } from '#action/sql-connection';
import { type CatalogItem, keyOf, labelOf, text, textOrNull } from './catalog-item.js';
import { isNamedNotNull, withoutValidation } from './definitions/constraints.js';
import { RULES } from './definitions/kinds.js';
import { createTable } from './definitions/tables.js';
import { type Change, differenceOf } from './difference.js';
import type { Inventory, TakeInventory } from './inventory.js';
import { type Dependencies, inOrder } from './order.js';
import { settle } from './settle.js';
import type { UndoStep } from './step.js';
import { unforce } from './table-rows.js';

/** How a rehearsal went. */
export interface Rehearsed {
  readonly steps: readonly UndoStep[];
  /** Tables that the undo makes, or makes anew; as they were before the act. */
  readonly made: readonly CatalogItem[];
  /** Of `made`, those that the act itself had left in place. */
  readonly remade: readonly CatalogItem[];
  /** What is not as it was before the act. */
  readonly left: readonly CatalogItem[];
  /** Why the undo stops half-way; undefined when it goes through. */
  readonly stopped: string | undefined;
}

/** Kinds whose changes must be undone before rows are put back: they decide which rows fit. */
const BEFORE_ROWS = new Set(['table', 'column', 'type']);

/**
 * Undoes the definitions right after the act was tried, in the same savepoint: each step is thought up from what is still
 * different, run, and recorded. Tables stay empty. What comes out is a plan that is known to work, or the reason why not.
 */
export class Rehearsal {
  readonly #connection: SqlConnection;
  readonly #take: TakeInventory;
  readonly #before: Inventory;
  readonly #dependencies: Dependencies;
  readonly #steps: UndoStep[] = [];
  readonly #unsure = new Set<string>();

  constructor(connection: SqlConnection, take: TakeInventory, before: Inventory, dependencies: Dependencies) {
    this.#connection = connection;
    this.#take = take;
    this.#before = before;
    this.#dependencies = dependencies;
  }

  /**
   * @param after the inventory after the act. @param emptied tables that have lost all rows and are still there.
   * @param replaced tables whose rows were exchanged: only making them anew is exact. @param restarted sequences.
   */
  async run(
    after: Inventory,
    emptied: readonly CatalogItem[],
    replaced: readonly CatalogItem[],
    restarted: readonly CatalogItem[],
  ): Promise<Rehearsed> {
    const standing = (item: CatalogItem) => after.byAddress.has(item.address);
    let made: readonly CatalogItem[] = [];
    let stopped: string | undefined;
    try {
      // A foreign key is checked with the owner's eyes. The steps force again what was forced.
      await unforce(this.#connection);
      let now = await this.#dropCreated(after);
      now = await this.#rename(now);
      now = await this.#dropChanged(now, replaced);
      const missing = differenceOf(this.#before, now).vanished;
      made = missing.filter(({ kind }) => kind === 'table');
      await this.#alter(now, (kind) => BEFORE_ROWS.has(kind));
      const refilled = emptied.filter((table) => !made.includes(table));
      if (refilled.length > 0) this.#steps.push({ kind: 'refill', tables: refilled.map(({ identity }) => identity) });
      await this.#make(missing, now);
      await this.#alter(await this.#take(), (kind) => !BEFORE_ROWS.has(kind));
      const values = [...missing.filter(isSequence), ...restarted.filter((sequence) => !missing.includes(sequence))];
      for (const { identity } of values) this.#steps.push({ kind: 'sequence', sequence: identity });
      const filled = inOrder(missing, this.#dependencies).filter(
        ({ kind, facts }) => kind === 'materialized view' && facts['populated'] === true,
      );
      for (const { identity } of filled) this.#steps.push({ kind: 'refresh', view: identity });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      stopped = error.message;
    }
    const left = stopped === undefined ? this.#left(await this.#take('all')) : [];
    return { steps: this.#steps, made, remade: made.filter(standing), left, stopped };
  }

  async #dropCreated(after: Inventory): Promise<Inventory> {
    const { created } = differenceOf(this.#before, after);
    const addresses = new Set(created.map(({ address }) => address));
    const columns = new Set(created.filter(({ kind }) => kind === 'column').map(({ identity }) => identity));
    const own = created
      .filter(({ of, derived }) => !derived && (of === undefined || !addresses.has(of)))
      .filter((item) => !isNamedNotNull(item) || !columns.has(`${text(item.facts, 'on')}.${columnOf(item)}`))
      // What was made last goes first; of one kind the oid tells.
      .sort((one, other) => RULES[other.kind].rank - RULES[one.kind].rank || oid(other) - oid(one));
    for (const item of own) await this.#sql(item, RULES[item.kind].drop?.(item) ?? []);
    return own.length === 0 ? after : await this.#take();
  }

  /** Schemas first, since their name is part of every other; then what lies in them, then what lies in tables. */
  async #rename(inventory: Inventory): Promise<Inventory> {
    let now = inventory;
    const inTables = new Set(['column', 'constraint', 'index', 'trigger', 'rule', 'policy']);
    const levels = [
      (kind: string) => kind === 'schema',
      (kind: string) => kind !== 'schema' && !inTables.has(kind),
      (kind: string) => inTables.has(kind),
    ];
    for (const level of levels) {
      const renamed = differenceOf(this.#before, now).changed.filter(
        ({ before, now: item }) => level(item.kind) && !item.derived && isRenamed(before, item),
      );
      if (renamed.length === 0) continue;
      for (const [at, change] of renamed.entries()) {
        // Names that were exchanged: first out of each other's way.
        const taken = now.byKey.get(keyOf(change.before));
        if (taken === undefined || taken.address === change.now.address) continue;
        const away = renamed.find(({ now: item }) => item.address === taken.address);
        if (away === undefined) continue;
        await this.#sql(away.now, RULES[away.now.kind].rename?.(away.now, away.before, `firebreak_undo_${at}`) ?? []);
        now = await this.#take();
      }
      for (const { before } of renamed) {
        const item = now.byAddress.get(before.address);
        if (item !== undefined && isRenamed(before, item))
          await this.#sql(item, RULES[item.kind].rename?.(item, before) ?? []);
      }
      now = await this.#take();
    }
    return now;
  }

  /** Drops what cannot be altered back, until nothing of the kind is left: a drop may take columns of other tables along. */
  async #dropChanged(inventory: Inventory, replaced: readonly CatalogItem[]): Promise<Inventory> {
    let now = inventory;
    for (let first = true; ; first = false) {
      const { changed, vanished } = differenceOf(this.#before, now);
      const drops = new Map<string, CatalogItem>();
      const add = (address: string | undefined) => {
        const item = address === undefined ? undefined : now.byAddress.get(address);
        if (item !== undefined) drops.set(item.address, item);
      };
      for (const change of changed) {
        const rules = RULES[change.now.kind];
        if (change.now.derived || rules.otherwise === 'leave' || rules.alter?.(change.now, change.before) !== undefined)
          continue;
        add(rules.otherwise === 'recreate' ? change.now.address : change.now.of);
      }
      for (const column of vanished) if (column.kind === 'column') add(column.of);
      if (first) for (const table of replaced) add(table.address);
      if (drops.size === 0) return now;
      for (const item of drops.values()) await this.#sql(item, RULES[item.kind].drop?.(item) ?? []);
      now = await this.#take();
    }
  }

  async #make(missing: readonly CatalogItem[], now: Inventory): Promise<void> {
    const tables = new Set(missing.filter(({ kind }) => kind === 'table').map(({ address }) => address));
    for (const item of inOrder(missing, this.#dependencies)) {
      if (item.derived || item.kind === 'column') continue;
      if (item.kind === 'table') {
        await this.#makeTable(item, missing);
        continue;
      }
      const rules = RULES[item.kind];
      if (item.of !== undefined && tables.has(item.of) && rules.inline?.(item) === true) continue;
      const commands = rules.create(item);
      // Filled at the end of the undo, when the rows are there.
      if (item.kind === 'materialized view' && item.facts['populated'] === true) this.#unsure.add(keyOf(item));
      const overRows =
        item.kind === 'constraint' &&
        text(item.facts, 'sort') === 'f' &&
        item.of !== undefined &&
        now.byAddress.has(item.of);
      if (!overRows) await this.#sql(item, commands);
      else {
        // The table that it refers to may have been made anew, and has no rows yet.
        this.#unsure.add(keyOf(item));
        for (const command of commands)
          await this.#step({
            kind: 'sql',
            text: command,
            of: labelOf(item),
            soft: false,
            rehearsal: withoutValidation(item) ?? null,
          });
      }
    }
  }

  async #makeTable(table: CatalogItem, missing: readonly CatalogItem[]): Promise<void> {
    const columns = missing
      .filter(({ kind, of }) => kind === 'column' && of === table.address)
      .sort((one, other) => Number(one.facts['position']) - Number(other.facts['position']));
    const notNulls = missing.filter((item) => item.of === table.address && !item.derived && isNamedNotNull(item));
    const byColumn = new Map(notNulls.map((item) => [columnOf(item), item]));
    await this.#sql(table, [createTable(table, columns, byColumn)]);
    for (const column of columns) await this.#sql(column, RULES.column.create(column));
    if (textOrNull(table.facts, 'partitionKey') === undefined)
      this.#steps.push({ kind: 'load', table: table.identity });
  }

  async #alter(now: Inventory, which: (kind: string) => boolean): Promise<void> {
    const { changed } = differenceOf(this.#before, now);
    for (const change of changed.filter(({ now: item }) => which(item.kind) && !item.derived))
      await this.#sql(change.before, this.#alterations(change));
  }

  #alterations({ now, before }: Change): readonly string[] {
    return RULES[now.kind].alter?.(now, before) ?? [];
  }

  async #sql(item: CatalogItem, commands: readonly string[]): Promise<void> {
    const soft = RULES[item.kind].soft === true;
    for (const command of commands) await this.#step({ kind: 'sql', text: command, of: labelOf(item), soft });
  }

  async #step(step: UndoStep & { kind: 'sql' }): Promise<void> {
    const command = step.rehearsal === undefined ? step.text : step.rehearsal;
    if (command !== null) {
      const failed = step.soft ? await this.#tryOne(command) : await this.#run(command);
      if (failed !== undefined && !step.soft) throw new StepFailed(`${step.of} cannot be put back: ${failed}`);
      // What a soft step leaves undone the last inventory shows.
      if (failed !== undefined) return;
    }
    this.#steps.push(step);
  }

  /** What the server said against it; then the savepoint of the whole rehearsal is all that can be gone back to. */
  async #run(command: string): Promise<string | undefined> {
    try {
      await this.#connection.query(command);
      return undefined;
    } catch (error) {
      if (error instanceof SqlError) return error.message;
      throw error;
    }
  }

  async #tryOne(command: string): Promise<string | undefined> {
    await settle(this.#connection);
    await this.#connection.query('SAVEPOINT firebreak_step');
    const failed = await this.#run(command);
    if (failed !== undefined) await this.#connection.query('ROLLBACK TO SAVEPOINT firebreak_step');
    await this.#connection.query('RELEASE SAVEPOINT firebreak_step');
    return failed;
  }

  /** What is not as before. Foreign keys that the rehearsal could not try on rows are not counted. */
  #left(now: Inventory): readonly CatalogItem[] {
    const known = (item: CatalogItem) => this.#unsure.has(keyOf(item)) || (this.#unsure.size > 0 && isCopiedKey(item));
    const lost = [...this.#before.byKey.values()].filter(
      (item) => now.byKey.get(keyOf(item))?.definition !== item.definition,
    );
    const added = [...now.byKey.values()].filter((item) => !this.#before.byKey.has(keyOf(item)));
    return [...lost, ...added].filter((item) => !known(item));
  }
}

class StepFailed extends Error {}

function isRenamed(before: CatalogItem, now: CatalogItem): boolean {
  return (
    before.facts['name'] !== now.facts['name'] ||
    (before.facts['schema'] !== now.facts['schema'] && now.kind !== 'index' && now.kind !== 'identity')
  );
}

function isSequence({ kind }: CatalogItem): boolean {
  return kind === 'sequence' || kind === 'identity';
}

function isCopiedKey({ kind, derived, facts }: CatalogItem): boolean {
  return kind === 'constraint' && derived && text(facts, 'sort') === 'f';
}

function columnOf({ facts }: CatalogItem): string {
  const columns = facts['columns'];
  return Array.isArray(columns) ? String(columns[0]) : '';
}

function oid({ address }: CatalogItem): number {
  return Number(address.split('/')[1]);
}
