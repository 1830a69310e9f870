/** What a caller may do. `operator` is the installation itself: its queues, workers and metrics, over all tenants. */
export const SCOPES = ['search', 'index', 'admin', 'operator'] as const;
export type Scope = (typeof SCOPES)[number];

/** On whose behalf a request is made. */
export interface Caller {
  /** Whose data it sees: none of another's, not even that it exists. */
  readonly tenant: string;
  /** Who, for logs: a key's id, a token's `sub`. */
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Patterns with `*` of index names; undefined: all. */
  readonly indexes?: readonly string[];
}

/** Whoever reaches the port, when authentication is off. */
export const OPEN_CALLER: Caller = { tenant: 'default', subject: 'anyone', scopes: new Set(SCOPES) };

export const isScope = (text: unknown): text is Scope => (SCOPES as readonly unknown[]).includes(text);

/** As libs/index has it, which may not be imported here; a test compares the two. */
export const isTenantName = (text: unknown): text is string =>
  typeof text === 'string' && /^[a-z0-9][a-z0-9._-]{0,254}$/.test(text);
