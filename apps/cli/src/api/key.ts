/** As libs/identity has them, which would load more than a search should wait for; a test compares the two. */
export const KEY_SCOPES: readonly string[] = ['search', 'index', 'admin', 'operator'];

/** An API key as the server tells of it. */
export interface Key {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly indexes?: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly createdBy: string;
}

export type NewKey = Key & {
  /** The key itself, this once. */
  readonly key: string;
};

export interface KeyRequest {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly indexes?: readonly string[];
  /** A duration such as 30d. */
  readonly expiresIn?: string;
  readonly tenant?: string;
}
