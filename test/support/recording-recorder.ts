import type { RecordEvent, Recorder } from '#action/record-event';
import { RecordError } from '#record/errors';

/** Keeps what it is given; breaks when it is told to, and stays broken then, as the real log does. */
export class RecordingRecorder implements Recorder {
  readonly events: RecordEvent[] = [];
  /** The first event for which this is true, and every later one, cannot be written. */
  breaksAt: (event: RecordEvent) => boolean = () => false;
  /** Called before an event is kept: a place to let something happen in between. */
  meanwhile: (event: RecordEvent) => void | Promise<void> = () => undefined;
  #broken = false;

  async append(event: RecordEvent): Promise<number> {
    await this.meanwhile(event);
    this.#broken ||= this.breaksAt(event);
    if (this.#broken) throw new RecordError('LOG_UNWRITABLE', 'the log cannot be written: the disk is full');
    return this.events.push(event) - 1;
  }

  /** A disk with room again, and what a restart of the real log does. */
  mend(): void {
    this.breaksAt = () => false;
    this.#broken = false;
  }

  /** The kinds of all events so far, in order. */
  get kinds(): readonly RecordEvent['kind'][] {
    return this.events.map((event) => event.kind);
  }

  /** All events of one kind, in order. */
  of<K extends RecordEvent['kind']>(kind: K): readonly Extract<RecordEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<RecordEvent, { kind: K }> => event.kind === kind);
  }
}
