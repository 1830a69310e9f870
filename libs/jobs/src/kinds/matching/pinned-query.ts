import { kindOf } from '#libs/kernel';
import type { IndexCatalog, Manifest, OpenedSegment, SnapshotOptions } from '#libs/index';
import {
  compileSearch,
  dependsOnDocFreqs,
  gatherDocFreqs,
  matchSegment,
  type CompiledQuery,
  type QueryNode,
  type SearchStatistics,
} from '#libs/query';
import type { JobContext } from '../../job-kind.ts';
import { fieldStatistics, querySchema } from '../search/manifest-view.ts';

/** What a query means in one version, for all tasks alike (JOB-5, MATCH-1). JSON. */
export interface PinnedQuery {
  readonly version: number;
  readonly statistics: SearchStatistics;
  /** ms since 1970: what `now` means in it. */
  readonly now: number;
}

/** What a request is refused for, when it is sure. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'not-found']);

function compile(query: QueryNode, { schema }: Manifest, now: number): CompiledQuery {
  // Nobody is told which named queries a document matches.
  return { ...compileSearch({ query }, querySchema(schema), { now }), named: [] };
}

/** Throws what is wrong with the query or the index, as far as it can be known beforehand. */
export async function checkQuery(
  catalog: Pick<IndexCatalog, 'snapshot'>,
  name: Pick<JobContext, 'tenant' | 'index'>,
  query: QueryNode,
): Promise<void> {
  const check = async (options: SnapshotOptions): Promise<void> => {
    compile(query, await catalog.snapshot(name, options), 0);
  };
  try {
    await check({ consistency: 'eventual' });
  } catch (error) {
    // What this process remembers may be older than what another has acknowledged: it is proof of nothing missing.
    if (!REFUSALS.has(kindOf(error))) throw error;
    await check({ consistency: 'strong' });
  }
}

/** Pins a query to a version, and gathers over all of its segments what a task could not know of the others. */
export async function pinQuery(
  catalog: Pick<IndexCatalog, 'open'>,
  manifest: Manifest,
  query: QueryNode,
  { createdAt: now }: Pick<JobContext, 'createdAt'>,
): Promise<PinnedQuery> {
  const compiled = compile(query, manifest, now);
  const statistics = fieldStatistics(manifest);
  if (!dependsOnDocFreqs(compiled)) return { version: manifest.version, statistics, now };
  const docFreqs = await gatherDocFreqs(compiled, await catalog.open(manifest.segments));
  return { version: manifest.version, statistics: { ...statistics, docFreqs }, now };
}

/** Finds the query's documents, segment by segment. */
export class PinnedMatcher {
  private readonly compiled: CompiledQuery;

  constructor(
    query: QueryNode,
    manifest: Manifest,
    private readonly pinned: PinnedQuery,
    private readonly context: Pick<JobContext, 'clock' | 'signal'>,
  ) {
    this.compiled = compile(query, manifest, pinned.now);
  }

  /** One bit a document of the segment: those that match and were live in the pinned version. */
  match(segment: OpenedSegment): Promise<Uint32Array> {
    return matchSegment(segment, this.compiled, this.pinned.statistics, this.context);
  }
}
