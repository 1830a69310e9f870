/** What a search answers, as far as the command line shows it; `--json` prints all of it. */
export interface SearchResult {
  /** ms */
  readonly took?: number;
  readonly version?: number;
  readonly total?: { readonly value: number; readonly relation: 'eq' | 'gte' };
  readonly hits: readonly Hit[];
  readonly shards?: { readonly total: number; readonly successful: number; readonly failed: number };
  readonly coverage?: number;
}

export interface Hit {
  readonly _id: string;
  readonly _score: number | null;
  readonly _source?: Readonly<Record<string, unknown>>;
  readonly highlight?: Readonly<Record<string, readonly string[]>>;
}
