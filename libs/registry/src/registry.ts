/**
 * The port to small records that are changed rarely, by anyone, and must outlive every queue: API keys, webhook
 * endpoints. They lie in the bucket, beside the data. Values are JSON. Every change makes a new revision, and two that try
 * for the same revision have one winner (create-if-absent), so that no change is lost.
 *
 * Errors: those of the ObjectStore; `conflict` (`already_exists`); `invalid` (`bad_record_id`): ids are 1–128 characters of
 * [A-Za-z0-9_-].
 */
export interface Registry<T> {
  create(id: string, value: T): Promise<Entry<T>>;
  /** As of at most `maxStaleMs` ago, 0 being now. Absences are remembered for as long as values. */
  get(id: string, maxStaleMs?: number): Promise<Entry<T> | undefined>;
  /** All of them, by id; as fresh as in `get`. */
  list(maxStaleMs?: number): Promise<Entry<T>[]>;
  /**
   * Replaces the value by what `change` makes of it (called again when somebody was faster; it answers the same object to
   * change nothing). Undefined when there is no such record.
   */
  update(id: string, change: (value: T) => T): Promise<Entry<T> | undefined>;
  /** Whether there was one. */
  delete(id: string): Promise<boolean>;
}

export interface Entry<T> {
  readonly id: string;
  readonly value: T;
  /** 1, 2, … */
  readonly revision: number;
}
