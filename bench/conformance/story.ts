/** A request as the suites write it: an Elasticsearch call. */
export interface ElasticCall {
  readonly method: string;
  /** Without its parameters, without a leading slash, decoded: `movies/_search`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** JSON, or the lines of an NDJSON body. */
  readonly body?: unknown;
  readonly lines?: readonly unknown[];
}

export interface ElasticAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One call with what is asserted of its answer. */
export interface Step {
  readonly title: string;
  readonly call: ElasticCall;
  /** What the suite says cannot be run here, by feature. */
  readonly leftOut?: string;
  /** Part of making or removing the data: counted only when it fails. */
  readonly isSetup: boolean;
  /** What does not hold of the answer, a line each; throws LeftOut for what cannot be checked. */
  check(answer: ElasticAnswer): string[];
}

/** Steps over data of their own, in order. */
export interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
}
