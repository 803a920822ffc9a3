// Over 300 lines: one recursive reading of expressions, whose parts all call one another.
import type { Language } from '../finding.js';
import type { Bindings } from './bindings.js';
import { type Arguments, calleePath, formatted, joinedOr, partnersOf, plainText } from './expressions.js';
import { readImport } from './imports.js';
import { BEFORE, BEHIND, DEFINES, LITERALS } from './keywords.js';
import { doingOf } from './known-calls.js';
import { lex } from './lexer.js';
import { member } from './member.js';
import { nameOfModule } from './paths.js';
import { resultOf } from './results.js';
import { isSign, isWord, type StringToken, type Token, type WordToken } from './token.js';
import { type Call, elementOf, joined, oneOf, textValue, UNKNOWN, type Value } from './value.js';

const LONGEST_NAME = 100;
const DEEPEST = 100;
const DEEPEST_STRINGS = 6;
const MOST_INNER = 262_144;

/** Reads the expressions of a program and hands on every call. It knows no grammar: what it does not know it steps over. */
export class Reader {
  private tokens: readonly Token[] = [];
  private partners: Int32Array = new Int32Array(0);
  private at = 0;
  private depth = 0;
  private strings = 0;
  private inner = 0;
  /** What the parameter of a block stands for that is read next. */
  private element: Value = UNKNOWN;
  /** Something was too deep, or not a text of the language. */
  lost = false;

  private readonly language: Language;
  private readonly bindings: Bindings;
  private readonly called: (call: Call) => void;

  constructor(language: Language, bindings: Bindings, called: (call: Call) => void) {
    this.language = language;
    this.bindings = bindings;
    this.called = called;
  }

  program(tokens: readonly Token[]): void {
    this.tokens = tokens;
    this.partners = partnersOf(tokens);
    this.at = 0;
    this.statements(tokens.length);
  }

  private statements(end: number): void {
    while (this.at < end) {
      const before = this.at;
      this.statement();
      if (this.at === before) this.at += 1;
    }
  }

  private statement(): void {
    const token = this.tokens[this.at];
    if (token === undefined || token.kind === 'line' || isSign(token, ';', ',', ')', ']', '}', ':')) {
      this.at += 1;
      return;
    }
    const imported = readImport(this.language, this.tokens, this.at, this.bindings);
    if (imported !== undefined) {
      this.at = imported;
      return;
    }
    this.expression(false, false);
  }

  /**
   * @param nested lines do not end it.
   * @param bare it is an argument without parentheses: `if`, `or` and the like end it.
   */
  private expression(nested: boolean, bare: boolean): Value {
    if (this.depth >= DEEPEST) return this.skip();
    this.depth += 1;
    const value = this.sum(nested, bare);
    this.depth -= 1;
    return value;
  }

  private sum(nested: boolean, bare: boolean): Value {
    let parts: Value[] = [];
    const alternatives: Value[] = [];
    let mixed = false;
    let expecting = true;
    let name: string | undefined;
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || isSign(token, ',', ';', ')', ']', '}')) break;
      if (token.kind === 'line') {
        if (!nested && !expecting && !this.goesOn()) break;
        this.at += 1;
        continue;
      }
      if (bare && (token.kind === 'word' ? BEHIND.test(token.text) : isSign(token, ':') && !expecting)) break;
      if (token.kind === 'sign' && !this.startsOperand(token, expecting)) {
        if (token.text === '{' && !expecting) {
          this.braces();
          if (!nested) break;
          mixed = true;
          continue;
        }
        if ((token.text === '=' || token.text === ':=') && name !== undefined) {
          this.at += 1;
          const value = this.expression(nested, bare);
          this.bindings.bind(name, value);
          return value;
        }
        if (token.text === '=>' && this.language !== 'javascript') break;
        this.at += 1;
        const adds = token.text === '+' || (token.text === '.' && this.dotJoins());
        if (token.text === '||' || (token.text === '?' && isSign(this.tokens[this.at], '?'))) {
          alternatives.push(mixed ? UNKNOWN : joinedOr(parts));
          parts = [];
          mixed = false;
        } else if (token.text === '/' && this.language === 'python' && parts.length > 0) parts.push(textValue('/'));
        else if (token.text === '%' && this.language === 'python' && parts.length === 1) {
          const format = parts[0] ?? UNKNOWN;
          const given = this.operand(nested).value;
          parts = [formatted(format, given)];
          continue;
        } else if ((token.text === '+=' || token.text === '.=') && name !== undefined) {
          const value = joined([this.bindings.valueOf(name) ?? UNKNOWN, this.expression(nested, bare)]);
          this.bindings.bind(name, value);
          return value;
        } else if (!adds && token.text !== '=>' && token.text !== '!') mixed = true;
        if (token.text === '=' || token.text === ':') {
          parts = [];
          mixed = false;
        }
        expecting = true;
        name = undefined;
        continue;
      }
      const before = this.at;
      const operand = this.operand(nested);
      if (this.at === before) this.at += 1;
      if (operand.skipped) {
        name = undefined;
        if (!expecting) mixed = true;
        expecting = true;
        continue;
      }
      if (!expecting) {
        parts = [];
        mixed = false;
      }
      parts.push(operand.value);
      name = operand.name;
      expecting = false;
    }
    const last = mixed ? UNKNOWN : joinedOr(parts);
    return alternatives.length === 0 ? last : oneOf([...alternatives, last]);
  }

  /** A line that begins with a dot or an operator goes on. */
  private goesOn(): boolean {
    let next = this.at;
    while (this.tokens[next]?.kind === 'line') next += 1;
    return isSign(this.tokens[next], '.', '?.', '->', '&.', '+', '||', '&&', '|>');
  }

  private dotJoins(): boolean {
    return this.language === 'perl' || this.language === 'php';
  }

  private startsOperand(token: Token, expecting: boolean): boolean {
    if (isSign(token, '(', '[')) return true;
    if (isSign(token, '{')) return expecting;
    return expecting && isSign(token, ':') && this.language === 'ruby' && this.tokens[this.at + 1]?.kind === 'word';
  }

  private operand(nested: boolean): {
    readonly value: Value;
    readonly name?: string | undefined;
    readonly skipped?: boolean;
  } {
    const token = this.tokens[this.at];
    if (token === undefined) return { value: UNKNOWN };
    if (token.kind === 'word') {
      const keyword = this.keyword(token);
      if (keyword !== undefined) return { value: keyword, skipped: true };
      return this.postfix(this.word(token), nested, token.text);
    }
    if (token.kind === 'string') return this.postfix(this.string(token), nested, undefined);
    if (token.kind === 'number') {
      this.at += 1;
      const json = /^\d+(?:\.\d+)?$/u.test(token.text) ? token.text : undefined;
      return this.postfix(json === undefined ? UNKNOWN : { kind: 'plain', json }, nested, undefined);
    }
    if (isSign(token, '{')) return this.postfix(this.braces(), nested, undefined);
    if (isSign(token, '(', '[')) {
      if (isSign(token, '(') && this.arrow()) return { value: UNKNOWN, skipped: true };
      const items = this.list();
      const [only] = items.args;
      const value: Value =
        isSign(token, '(') && items.args.length === 1 && only !== undefined
          ? only
          : { kind: 'list', items: items.args };
      return this.postfix(value, nested, undefined);
    }
    if (isSign(token, ':')) {
      const symbol = this.tokens[this.at + 1];
      this.at += 2;
      return { value: textValue(symbol?.kind === 'word' ? symbol.text : '') };
    }
    this.at += 1;
    return { value: UNKNOWN };
  }

  /** Words that are no values. @returns undefined when it is none. */
  private keyword(token: WordToken): Value | undefined {
    const next = this.tokens[this.at + 1];
    if (isSign(next, '.') && !this.dotJoins()) return undefined;
    if (token.text === 'for' || token.text === 'foreach') {
      this.at += 1;
      this.loop();
      return UNKNOWN;
    }
    if (DEFINES.test(token.text)) {
      this.at += 1;
      this.definition();
      return UNKNOWN;
    }
    if (token.text === 'lambda') {
      this.at += 1;
      this.parameters(':', undefined);
      return UNKNOWN;
    }
    if (token.text === 'as') {
      this.at += 1;
      return UNKNOWN;
    }
    if (token.text === 'do' && isSign(next, '|')) {
      this.at += 2;
      this.parameters('|', this.element);
      return UNKNOWN;
    }
    if (this.language === 'javascript' && isSign(next, '=>')) {
      this.at += 1;
      this.bindParameter(token.text, this.element);
      this.element = UNKNOWN;
      return UNKNOWN;
    }
    if (!BEFORE.test(token.text) || (isSign(next, '(') && /^(?:print|echo|puts|delete)$/u.test(token.text)))
      return undefined;
    this.at += 1;
    return UNKNOWN;
  }

  private word(token: WordToken): Value {
    this.at += 1;
    const bound = this.bindings.valueOf(token.text);
    if (bound !== undefined) return bound;
    const json = Object.hasOwn(LITERALS, token.text) ? LITERALS[token.text] : undefined;
    if (json !== undefined) return { kind: 'plain', json };
    return { kind: 'name', path: nameOfModule(this.language, token.text) };
  }

  private string(token: StringToken): Value {
    this.at += 1;
    const parts = token.parts.map((part) => (typeof part === 'string' ? textValue(part) : this.code(part.code)));
    let next = this.tokens[this.at];
    // One string behind another is one string.
    while (!token.runs && this.language !== 'javascript' && next?.kind === 'string' && !next.runs && !next.words) {
      this.at += 1;
      parts.push(...next.parts.map((part) => (typeof part === 'string' ? textValue(part) : this.code(part.code))));
      next = this.tokens[this.at];
    }
    const [only] = parts;
    const value = parts.length === 1 && only?.kind === 'text' ? only : joined(parts);
    if (token.words && value.kind === 'text') {
      return { kind: 'list', items: value.argument.text.split(/\s+/u).filter(Boolean).map(textValue) };
    }
    if (token.pattern && value.kind === 'text' && value.argument.certainty === 'exact') {
      return { kind: 'text', argument: { ...value.argument, certainty: 'pattern' } };
    }
    if (token.runs) return this.call({ path: '`', target: undefined, args: [value], named: new Map() });
    return value;
  }

  /** Code within a string. */
  private code(text: string): Value {
    if (text === '') return UNKNOWN;
    this.inner += text.length;
    if (this.strings >= DEEPEST_STRINGS || this.inner > MOST_INNER) {
      this.lost = true;
      return UNKNOWN;
    }
    const outer = [this.tokens, this.partners, this.at] as const;
    const { tokens, broken } = lex(this.language, text);
    if (broken) this.lost = true;
    this.strings += 1;
    this.tokens = tokens;
    this.partners = partnersOf(tokens);
    this.at = 0;
    const value = this.expression(true, false);
    if (this.at < tokens.length) this.statements(tokens.length);
    this.strings -= 1;
    [this.tokens, this.partners, this.at] = outer;
    return value.kind === 'text' || value.kind === 'plain' || value.kind === 'some' ? value : UNKNOWN;
  }

  private postfix(
    start: Value,
    nested: boolean,
    written: string | undefined,
  ): { readonly value: Value; readonly name?: string | undefined } {
    let value = start;
    let name = written;
    for (let steps = 0; ; steps += 1) {
      let at = this.at;
      if (nested || this.goesOn()) while (this.tokens[at]?.kind === 'line') at += 1;
      const token = this.tokens[at];
      const next = this.tokens[at + 1];
      if (
        (isSign(token, '?.', '->', '&.', '::') || (isSign(token, '.') && !this.dotJoins())) &&
        (next?.kind === 'word' || (next?.kind === 'sign' && /^[([{]$/u.test(next.text) && !isSign(token, '.', '::')))
      ) {
        if (next.kind === 'word') {
          this.at = at + 2;
          name = name === undefined || name.length > LONGEST_NAME ? undefined : `${name}.${next.text}`;
          value = (name === undefined ? undefined : this.bindings.valueOf(name)) ?? member(value, next.text);
          continue;
        }
        this.at = at + 1;
        if (!isSign(next, '{')) continue;
        value = this.index(value);
        name = undefined;
        continue;
      }
      if (at !== this.at) break;
      const named = this.language === 'php' && written !== undefined;
      if (isSign(token, '(') && (value.kind !== 'text' || steps > 0 || named)) {
        value = this.callOf(value, this.list(value), name);
        name = undefined;
        continue;
      }
      if (isSign(token, '[') && token?.spaced === false) {
        value = this.index(value);
        name = undefined;
        continue;
      }
      if (token?.kind === 'string' && token.template && !token.spaced && value.kind === 'name') {
        value = this.callOf(value, { args: [this.string(token)], named: new Map() }, name);
        name = undefined;
        continue;
      }
      break;
    }
    // Ruby and Perl call without parentheses.
    if ((value.kind === 'name' || value.kind === 'made') && this.callsBare(value)) {
      const given = this.bareArguments(value);
      const result = this.callOf(value, given, name);
      // A block may follow.
      this.prepareBlock(value);
      return { value: result };
    }
    const end = this.tokens[this.at];
    if (isWord(end, 'as') && (this.language === 'python' || this.language === 'php')) {
      const bound = this.tokens[this.at + 1];
      if (bound?.kind === 'word') {
        this.at += 2;
        if (this.language === 'python') this.bindings.bind(bound.text, value);
        else this.bindings.bindElement(bound.text, value);
      }
    }
    return { value, name };
  }

  private callsBare(value: Value): boolean {
    if (value.kind !== 'name' || !/^(?:ruby|perl|other)$/u.test(this.language)) return false;
    const before = this.tokens[this.at - 1];
    const token = this.tokens[this.at];
    if (before?.kind !== 'word' || /^[$@]/u.test(before.text)) return false;
    if (token?.kind === 'string') return token.spaced;
    if (token?.kind === 'word') return token.spaced && (token.text === 'do' || !BEHIND.test(token.text));
    if (isSign(token, '[') && token?.spaced === true) return true;
    // A method without arguments is called as well: `User.delete_all`, `unlink`.
    return this.language !== 'other' && !isSign(token, '.', '->', '::', '&.', '=', '=>', '(', '[', '+=');
  }

  private bareArguments(callee: Value): Arguments {
    const args: Value[] = [];
    const named = new Map<string, Value>();
    const first = this.tokens[this.at];
    const begins = first?.kind === 'word' ? !BEHIND.test(first.text) : first?.kind === 'string' || isSign(first, '[');
    if (!begins) return { args, named };
    for (;;) {
      const key = this.tokens[this.at];
      if (key?.kind === 'word' && isSign(this.tokens[this.at + 1], ':') && this.language !== 'perl') {
        this.at += 2;
        named.set(key.text, this.expression(false, true));
      } else {
        this.prepareBlock(callee);
        args.push(this.expression(false, true));
        if (isSign(this.tokens[this.at], '=>')) {
          this.at += 1;
          const name = args.pop();
          const value = this.expression(false, true);
          if (name?.kind === 'text') named.set(name.argument.text, value);
        }
      }
      if (!isSign(this.tokens[this.at], ',')) break;
      this.at += 1;
      while (this.tokens[this.at]?.kind === 'line') this.at += 1;
    }
    return { args, named };
  }

  /** The parenthesis or bracket here, with what stands in it. */
  private list(callee?: Value): Arguments {
    const end = this.partners[this.at] ?? this.tokens.length;
    const args: Value[] = [];
    const named = new Map<string, Value>();
    this.at += 1;
    while (this.at < end) {
      const before = this.at;
      const token = this.tokens[this.at];
      const next = this.tokens[this.at + 1];
      if (token?.kind === 'line' || isSign(token, ',', ';')) {
        this.at += 1;
        continue;
      }
      if (token?.kind === 'word' && isSign(next, '=', ':') && callee !== undefined) {
        this.at += 2;
        named.set(token.text, this.expression(true, false));
        continue;
      }
      if (callee !== undefined) this.prepareBlock(callee);
      const value = this.expression(true, false);
      if (isSign(this.tokens[this.at], '=>')) {
        this.at += 1;
        const given = this.expression(true, false);
        if (value.kind === 'text') named.set(value.argument.text, given);
        else args.push(given);
      } else if (this.at > before) args.push(value);
      if (this.at === before) this.at += 1;
    }
    this.at = end + 1;
    return { args, named };
  }

  /** `{...}`: a record, or a block of statements. */
  private braces(): Value {
    const end = this.partners[this.at] ?? this.tokens.length;
    const entries = new Map<string, Value>();
    this.at += 1;
    if (isSign(this.tokens[this.at], '|')) {
      this.at += 1;
      this.parameters('|', this.element);
    }
    while (this.at < end) {
      const before = this.at;
      const key = this.tokens[this.at];
      const next = this.tokens[this.at + 1];
      const name = key?.kind === 'word' ? key.text : key?.kind === 'string' ? plainText(key) : undefined;
      if (name !== undefined && isSign(next, ':')) {
        this.at += 2;
        entries.set(name, this.expression(true, false));
      } else if (name !== undefined && isSign(next, '=>') && this.language !== 'javascript') {
        this.at += 2;
        entries.set(name, this.expression(true, false));
      } else if (key?.kind === 'word' && isSign(next, ',', '}') && this.bindings.valueOf(key.text) !== undefined) {
        entries.set(key.text, this.bindings.valueOf(key.text) ?? UNKNOWN);
        this.at += 1;
      } else if (this.depth < DEEPEST) {
        this.depth += 1;
        this.statement();
        this.depth -= 1;
      } else this.skip();
      if (this.at === before) this.at += 1;
    }
    this.at = end + 1;
    return entries.size === 0 ? UNKNOWN : { kind: 'record', entries };
  }

  private index(value: Value): Value {
    const { args, named } = isSign(this.tokens[this.at], '{')
      ? { args: [this.braces()], named: new Map() }
      : this.list();
    const [key] = args;
    if (value.kind === 'name' && /^(?:Dir|FileList)$/u.test(value.path)) {
      return this.call({ path: `${value.path}.[]`, target: value, args, named });
    }
    if (key?.kind === 'text' && key.argument.certainty === 'exact') return member(value, key.argument.text);
    if (key?.kind === 'plain' && value.kind === 'list') return value.items[Number(key.json)] ?? UNKNOWN;
    if (value.kind === 'list') return elementOf(value);
    return value.kind === 'name' && key?.kind !== 'plain' ? { kind: 'name', path: `${value.path}.?` } : UNKNOWN;
  }

  private callOf(callee: Value, { args, named }: Arguments, written: string | undefined): Value {
    if (written !== undefined) this.bindings.call(written, args);
    const [first = UNKNOWN] = callee.kind === 'some' ? callee.of.filter(({ kind }) => kind === 'name') : [callee];
    const path = calleePath(this.language, first);
    const target = first.kind === 'name' ? first.target : first;
    return this.call({ path, target, args, named });
  }

  private call(call: Call): Value {
    this.called(call);
    return resultOf(this.language, call) ?? { kind: 'made', call };
  }

  /** `[1, 2].forEach(x => ...)`: what `x` will be. */
  private prepareBlock(callee: Value): void {
    const loops =
      callee.kind === 'name' &&
      /(?:^|\.)(?:forEach|map|each|filter|flatMap|some|every|each_with_index)$/u.test(callee.path);
    this.element = loops && callee.target !== undefined ? elementOf(callee.target) : UNKNOWN;
  }

  /** `(a, b) =>`: true when it was one. */
  private arrow(): boolean {
    const end = this.partners[this.at] ?? -1;
    if (this.language !== 'javascript' || end < 0 || !isSign(this.tokens[end + 1], '=>')) return false;
    const element = this.element;
    this.element = UNKNOWN;
    this.at += 1;
    this.parameters(')', element);
    this.at = end + 1;
    return true;
  }

  /** Names up to this sign. The first stands for `first`. */
  private parameters(close: string, first: Value | undefined): readonly string[] {
    const names: string[] = [];
    for (let steps = 0; steps < 64; steps += 1) {
      const token = this.tokens[this.at];
      if (token === undefined) break;
      this.at += 1;
      if (isSign(token, close)) break;
      if (token.kind !== 'word' || isSign(this.tokens[this.at - 2], ':', '=', '.')) continue;
      this.bindParameter(token.text, names.length === 0 && first !== undefined ? first : UNKNOWN);
      names.push(token.text);
    }
    return names;
  }

  /** A parameter called `rmSync` is what everybody calls so: `.then(({ rmSync }) => ...)`. */
  private bindParameter(name: string, value: Value): void {
    if (value.kind !== 'unknown' || doingOf(this.language, name) === undefined) this.bindings.bind(name, value);
  }

  private definition(): void {
    const name = this.tokens[this.at];
    if (name?.kind === 'word') this.at += 1;
    if (!isSign(this.tokens[this.at], '(')) return;
    const end = this.partners[this.at] ?? this.tokens.length;
    const names = this.tokens
      .slice(this.at + 1, end)
      .flatMap((token, index) =>
        token.kind === 'word' && !isSign(this.tokens[this.at + index], ':', '=', '.') ? [token.text] : [],
      );
    if (name?.kind === 'word') this.bindings.define(name.text, names);
    else for (const one of names) this.bindings.bind(one, UNKNOWN);
    this.at = end + 1;
  }

  /** Behind `for`. */
  private loop(): void {
    let at = this.at;
    if (isSign(this.tokens[at], '(')) at += 1;
    while (isWord(this.tokens[at], 'my', 'our', 'const', 'let', 'var', 'await')) at += 1;
    const name = this.tokens[at];
    const next = this.tokens[at + 1];
    if (name?.kind !== 'word') return;
    if (isWord(next, 'in', 'of')) {
      this.at = at + 2;
      this.bindings.bindElement(name.text, this.expression(at > this.at + 1, true));
      return;
    }
    if (this.language === 'perl' && isSign(next, '(')) {
      this.at = at + 1;
      const { args } = this.list();
      this.bindings.bind(name.text, oneOf(args.flatMap((one) => (one.kind === 'text' ? [one] : [elementOf(one)]))));
    }
  }

  /** FAIL-CLOSED: what is nested too deeply is not read, and the whole counts as unreadable. */
  private skip(): Value {
    this.lost = true;
    this.at = Math.max(this.at + 1, (this.partners[this.at] ?? -1) + 1);
    return UNKNOWN;
  }
}
