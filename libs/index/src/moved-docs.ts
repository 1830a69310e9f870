import type { Yielder } from '#libs/kernel';
import type { DeletedDocs } from '#libs/segment';
import type { DocBits } from './doc-bits.ts';
import type { IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { CommittedJob, SegmentEntry } from './manifest.ts';
import { docsWithIds } from './replaced-docs.ts';
import type { SegmentOpener } from './segment-opener.ts';
import type { DraftSegment, VersionDraft } from './version-draft.ts';

export interface MovedDocsParts {
  readonly log: ManifestLog;
  readonly opener: SegmentOpener;
  readonly yielder: Yielder;
}

/** A version, or the draft of the next, as far as documents are followed through it. */
interface Stage {
  readonly version: number;
  readonly segments: ReadonlyMap<string, DraftSegment>;
  readonly jobs: readonly CommittedJob[];
}

/** Ids looked up in the outputs of a merge at a time. */
const BATCH_IDS = 2048;

/**
 * Finds documents of an earlier version in a later one (DEL-1). A segment that is still there has them where they were. One
 * that has gone was merged in one step (or all of its documents were deleted): up to the version before it, whatever
 * changed a document of it has deleted it there; in the version that it is missing from, what was still live stands in an
 * output of the merge under the same `_id`, and under that `_id` there can be no other revision, because an output
 * only holds what was live in the inputs. Outputs are followed in turn. Nothing of it has to be recorded anywhere.
 */
export class MovedDocs {
  constructor(
    private readonly parts: MovedDocsParts,
    private readonly name: IndexName,
    private readonly draft: VersionDraft,
  ) {}

  /**
   * Where documents of a segment are in the draft: by segment, those that nobody has replaced or deleted (a few of them may
   * be marked deleted in the draft itself).
   * @param from a version that has the segment
   */
  async find(segment: string, docs: Uint32Array, from: number): Promise<Map<string, Uint32Array>> {
    const found = new Map<string, Uint32Array>();
    await this.follow(segment, docs, from, found);
    return found;
  }

  private async follow(
    segment: string,
    docs: Uint32Array,
    from: number,
    found: Map<string, Uint32Array>,
  ): Promise<void> {
    if (this.draft.segments.has(segment)) {
      unite(found, segment, docs.slice());
      return;
    }
    const last = await this.lastWith(segment, from);
    const next = await this.stage(last.version + 1);
    const was = last.segments.get(segment)!;
    const live = alive(docs, was.deleted ?? (await this.parts.opener.deleted(was.entry)));
    if (!live) return;
    const outputs = mergedIn(next, last);
    const moved = new Map<string, Uint32Array>();
    for await (const ids of this.idsOf(was.entry, live)) {
      for (const { entry } of outputs) {
        const open = () => this.parts.opener.reader(entry);
        unite(moved, entry.id, await docsWithIds(ids, { entry, open }, this.parts.yielder));
      }
    }
    for (const [output, bits] of moved) await this.follow(output, bits, next.version, found);
  }

  /** The last version that has the segment; it never comes back, so it is looked for by halves. */
  private async lastWith(segment: string, from: number): Promise<Stage> {
    let [has, hasNot] = [from, this.draft.version];
    while (hasNot - has > 1) {
      const middle = Math.floor((has + hasNot) / 2);
      if ((await this.stage(middle)).segments.has(segment)) has = middle;
      else hasNot = middle;
    }
    return this.stage(has);
  }

  private async stage(version: number): Promise<Stage> {
    if (version === this.draft.version) return this.draft;
    const { segments, jobs } = await this.parts.log.require(this.name, version);
    return { version, segments: new Map(segments.map((entry) => [entry.id, { entry }])), jobs };
  }

  /** Ascending, some at a time. */
  private async *idsOf(entry: SegmentEntry, docs: Uint32Array): AsyncGenerator<string[]> {
    let wanted: string[] = [];
    for await (const run of (await this.parts.opener.reader(entry)).idBlocks()) {
      for (const [at, id] of run.ids.entries()) if (has(docs, run.docs[at]!)) wanted.push(id);
      if (wanted.length >= BATCH_IDS) {
        yield wanted;
        wanted = [];
      }
      if (this.parts.yielder.due()) await this.parts.yielder.yield();
    }
    if (wanted.length > 0) yield wanted;
  }
}

/** What a merge has put into a version: of segments that are new in it, those of jobs that have indexed nothing. */
function mergedIn({ version, segments, jobs }: Stage, before: Stage): DraftSegment[] {
  const merges = new Set(jobs.filter((job) => job.version === version && job.indexed === 0).map(({ id }) => id));
  return [...segments.values()].filter(({ entry }) => merges.has(entry.job) && !before.segments.has(entry.id));
}

const has = (bits: Uint32Array, doc: number): boolean => ((bits[doc >>> 5]! >>> (doc & 31)) & 1) === 1;

/** Those that are not deleted; undefined when there are none. */
function alive(docs: Uint32Array, deleted: DeletedDocs | undefined): DocBits {
  const live = docs.slice();
  if (deleted) for (let i = 0; i < live.length; i++) live[i]! &= ~deleted.words[i]!;
  return live.some((word) => word !== 0) ? live : undefined;
}

function unite(all: Map<string, Uint32Array>, segment: string, docs: DocBits): void {
  if (!docs) return;
  const before = all.get(segment);
  if (!before) all.set(segment, docs);
  else for (let i = 0; i < before.length; i++) before[i]! |= docs[i]!;
}
