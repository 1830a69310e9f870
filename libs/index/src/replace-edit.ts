import { corrupt, QuarryError } from '#libs/kernel';
import { checkFieldTypes } from './check-field-types.ts';
import { containedJob } from './contained-job.ts';
import { carriedDeletes } from './carried-deletes.ts';
import { isCollected } from './collected-segments.ts';
import type { IndexName, MergedGroup, Replaced, Replacement } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { Manifest, SegmentEntry } from './manifest.ts';
import type { SegmentOpener } from './segment-opener.ts';
import { liveDocs, withDeleted, type DraftSegment, type Edit, type VersionDraft } from './version-draft.ts';

export interface ReplaceParts {
  readonly log: ManifestLog;
  readonly opener: SegmentOpener;
}

/**
 * JOB-4: segments make place for what was rebuilt of them, as an edit. A group of which any input has gone (merged by
 * another, or all of its documents deleted) is left out, and so is one whose outputs a collector may have taken; what was
 * deleted from the inputs since `version` is deleted from the outputs. Where nothing is left there is no new version.
 */
export function replaceEdit({ log, opener }: ReplaceParts, name: IndexName, replacement: Replacement): Edit<Replaced> {
  const { job, groups } = replacement;
  return async (draft) => {
    const contained = await containedJob(log, name, draft, job);
    if (contained) {
      const replaced = await replacedIn(log, name, draft, contained.version, groups);
      return { draft, answer: () => ({ version: contained.version, replaced }) };
    }
    const pinned = await log.require(name, replacement.version);
    const segments = new Map(draft.segments);
    const replaced: number[] = [];
    for (const [at, group] of groups.entries()) {
      const inputs = group.inputs.map((id) => ({ pinned: pinnedEntry(pinned, id), now: segments.get(id) }));
      if (inputs.some(({ now }) => !now) || group.outputs.some(({ id }) => isCollected(draft, id))) continue;
      checkFieldTypes(draft.schema, group.outputs);
      const outputs = await rebuilt(opener, job, group, inputs as readonly Input[]);
      for (const id of group.inputs) segments.delete(id);
      for (const output of outputs) if (liveDocs(output) > 0) segments.set(output.entry.id, output);
      replaced.push(at);
    }
    if (replaced.length === 0) return { draft, answer: () => ({ version: draft.version - 1, replaced }) };
    const done = { id: job, version: draft.version, indexed: 0, updated: 0, deleted: 0, committedAt: draft.createdAt };
    return {
      draft: { ...draft, segments, jobs: [...draft.jobs, done] },
      answer: () => ({ version: done.version, replaced }),
    };
  };
}

interface Input {
  readonly pinned: SegmentEntry;
  readonly now: DraftSegment;
}

async function rebuilt(
  opener: SegmentOpener,
  job: string,
  { outputs }: MergedGroup,
  inputs: readonly Input[],
): Promise<DraftSegment[]> {
  const entries = outputs.map(({ id, key, meta }): SegmentEntry => ({ ...meta, id, key, job }));
  for (const { id, superseded } of entries) {
    if (superseded.length > 0) throw corrupt(`segment ${id} of job ${job} has an _id twice: its inputs overlap`);
  }
  // MAN-4: read before it is committed.
  for (const entry of entries) await opener.reader(entry);
  const bitmaps = await Promise.all(
    inputs.map(async ({ pinned, now }) => ({
      docCount: pinned.docCount,
      before: await opener.deleted(pinned),
      after: now.deleted ?? (await opener.deleted(now.entry)),
    })),
  );
  const carried = carriedDeletes(
    bitmaps,
    entries.map(({ docCount }) => docCount),
  );
  if (!carried) throw corrupt(`job ${job} rebuilt another number of documents than its segments had`);
  const drafts = entries.map(async (entry, at) => withDeleted({ entry }, carried[at], async () => undefined));
  return (await Promise.all(drafts)).map(({ segment }) => segment);
}

function pinnedEntry(pinned: Manifest, id: string): SegmentEntry {
  const entry = pinned.segments.find((segment) => segment.id === id);
  if (entry) return entry;
  throw new QuarryError('internal', `version ${pinned.version} has no segment ${id}`, { code: 'no_such_segment' });
}

/**
 * Which groups the version contains. One whose documents others have deleted in the same version cannot be told from one
 * that was left out; either way nothing of it is there.
 */
async function replacedIn(
  log: ManifestLog,
  name: IndexName,
  draft: VersionDraft,
  version: number,
  groups: readonly MergedGroup[],
): Promise<number[]> {
  const ids =
    version === draft.version
      ? new Set(draft.segments.keys())
      : new Set((await log.read(name, version))?.segments.map(({ id }) => id));
  return [...groups.keys()].filter((at) => groups[at]!.outputs.some(({ id }) => ids.has(id)));
}
