import { FirebreakError } from '#base/errors';

/** Why the replay could not go on. None of them is a finding about Firebreak: they are about the machine it runs on. */
export type DemoErrorCode =
  /** Neither the system nor npm has PostgreSQL for this machine. */
  | 'POSTGRES_MISSING'
  /** `initdb` refused. */
  | 'POSTGRES_INIT_FAILED'
  /** The server ended, or was not ready in time. */
  | 'POSTGRES_START_FAILED'
  /** We are root, and no ordinary operating system user can work in the folder. */
  | 'FOLDER_UNREACHABLE'
  /** A file of the package is not where it belongs. */
  | 'PACKAGE_BROKEN'
  /** The agent's script could not be run to its end. */
  | 'AGENT_FAILED'
  /** Firebreak's own daemon could not be started or used. */
  | 'GUARD_FAILED';

export class DemoError extends FirebreakError<DemoErrorCode> {}
