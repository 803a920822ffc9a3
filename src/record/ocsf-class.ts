/** The classes of OCSF 1.9.0 (https://schema.ocsf.io/1.9.0) that entries are filed under. */
export interface EventClass {
  readonly uid: number;
  readonly category: number;
}

export const PROCESS_ACTIVITY: EventClass = { uid: 1007, category: 1 };
export const AUTHENTICATION: EventClass = { uid: 3002, category: 3 };
export const APPLICATION_LIFECYCLE: EventClass = { uid: 6002, category: 6 };
export const API_ACTIVITY: EventClass = { uid: 6003, category: 6 };
export const DATASTORE_ACTIVITY: EventClass = { uid: 6005, category: 6 };

/** `activity_id`: none of the class fits; `activity_name` says which it is. */
export const ACTIVITY_OTHER = 99;
