/**
 * The port to who is there: processes say so again and again, and are forgotten when they stop. For routing, dashboards
 * and nothing that must be right: a member may be gone already, or not be listed yet. Implemented by the adapters of the
 * JobStore beside it. Errors as there.
 */
export interface Membership {
  /** Makes the member known, or replaces what was known of it, for `ttlMs` from now. */
  announce(member: Member, ttlMs: number): Promise<void>;
  /** At once; a member that nobody knows is ignored. */
  withdraw(id: string): Promise<void>;
  /** All whose time is not over, by id. */
  members(): Promise<Member[]>;
}

export interface Member {
  /** A ULID, new at each start of the process. */
  readonly id: string;
  readonly kind: 'gateway' | 'worker';
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** ms since 1970. */
  readonly startedAt: number;
  /** Of workers: what they do now; empty when draining. */
  readonly roles: readonly string[];
  /** Of workers: takes no new work, by an operator's wish. */
  readonly draining: boolean;
  /** Tasks it runs, tasks that wait in it for their turn, and how many it runs at once. */
  readonly load: { readonly running: number; readonly waiting: number; readonly concurrency: number };
  /** How long its latest tasks of each kind ran, ms; absent before the first. A slow worker shows here. */
  readonly pace?: Readonly<Record<string, { readonly p50Ms: number; readonly p95Ms: number }>>;
  /** Of the memory cache. */
  readonly cache: { readonly bytes: number; readonly maxBytes: number; readonly hits: number; readonly misses: number };
}
