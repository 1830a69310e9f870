import { Yielder } from '#libs/kernel';
import { countDocs, type IndexCatalog, type SegmentEntry } from '#libs/index';
import type { TaskContext } from '../../job-kind.ts';
import type { PinnedMatcher } from '../matching/pinned-query.ts';
import type { FoundDocs } from './delete-by-query-partial.ts';
import type { DeleteByQuerySpec } from './delete-by-query-spec.ts';
import { firstDocs, packDocs } from './packed-docs.ts';

/** Looks through the segments of a task, one after the other, so that one segment's postings are held at a time. */
export async function findDocs(
  catalog: Pick<IndexCatalog, 'openOne'>,
  entries: readonly SegmentEntry[],
  matcher: PinnedMatcher,
  { dryRun, maxDocs = Infinity }: DeleteByQuerySpec,
  { task, jobAttempt, clock, signal, progress }: TaskContext,
): Promise<FoundDocs[]> {
  const yielder = new Yielder(clock);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const found: FoundDocs[] = [];
  let [doneBytes, documents, left] = [0, 0, maxDocs];
  for (const [place, entry] of entries.entries()) {
    progress({ doneBytes, totalBytes, documents });
    const docs = await matcher.match(await catalog.openOne(entry, { signal }));
    const matched = countDocs(docs);
    const count = Math.min(matched, left);
    found.push({
      task,
      place,
      jobAttempt,
      segment: entry.id,
      matched,
      ...(count > 0 && {
        docs: { packed: dryRun ? '' : packDocs(firstDocs(docs, count)), words: docs.length, count },
      }),
    });
    left -= count;
    documents += matched;
    doneBytes += entry.bytes;
    if (yielder.due()) await yielder.yield();
  }
  progress({ doneBytes, totalBytes, documents });
  return found;
}
