/**
 * Two settings decide which text the server reads in given bytes: standard_conforming_strings and client_encoding. The server
 * reports changes, but only with ReadyForQuery; between two statements of one pipeline nobody knows.
 */

import { isUtf8 } from './startup-parameters.js';
import type { UnitReading } from './unit-reading.js';

export class PipelineSettings {
  readonly #parameters: ReadonlyMap<string, string>;
  /** Something sent since the last ReadyForQuery may have changed one of them. */
  #doubtful = false;

  /** @param parameters as the server reports them; kept up to date by whoever owns the map. */
  constructor(parameters: ReadonlyMap<string, string>) {
    this.#parameters = parameters;
  }

  /** SQL_ASCII converts nothing, so that the bytes are read as they are. */
  get encodingIsUtf8(): boolean {
    const encoding = this.#parameters.get('client_encoding');
    return encoding === undefined || isUtf8(encoding) || encoding.toUpperCase() === 'SQL_ASCII';
  }

  /**
   * FAIL-CLOSED: unless the server certainly reads every text of this unit with standard_conforming_strings on, the action
   * says that it does not.
   */
  stringsConform(reading: Pick<UnitReading, 'statements'>): boolean {
    if (this.#parameters.get('standard_conforming_strings') === 'off' || this.#doubtful) return false;
    return !reading.statements.slice(0, -1).some(({ text }) => mayChangeSettings(text));
  }

  executed(reading: Pick<UnitReading, 'statements'>): void {
    if (reading.statements.some(({ text }) => mayChangeSettings(text))) this.#doubtful = true;
  }

  /** A ReadyForQuery came, and before it the report of whatever changed. */
  reported(): void {
    this.#doubtful = false;
  }
}

/** Every way to name one of the two settings, to reset all, or to hide a name. */
function mayChangeSettings(text: string): boolean {
  return /standard_conforming|client_encoding|set_config|pg_settings|u&|\b(names|reset|discard|execute|call)\b|\bdo\b(?!\s+(nothing|update)\b)/i.test(
    text,
  );
}
