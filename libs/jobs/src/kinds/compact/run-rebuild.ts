import { SegmentOpener, type SegmentEntry } from '#libs/index';
import type { ByteRange } from '#libs/object-store';
import { movedBodies, type Caller, type Conversation, type Handlers, type Moved, type ThreadPool } from '#libs/threads';
import { buildSite, type BuildParts } from '../../building/build-site.ts';
import { remoteSite, siteFacts, siteHost, type SiteFacts, type SiteHost } from '../../building/threaded-site.ts';
import type { TaskContext } from '../../job-kind.ts';
import type { RebuiltGroup } from './compact-partial.ts';
import { SegmentRebuild } from './rebuild-segments.ts';

export interface CompactParts extends BuildParts {
  /** Where tasks compute; without it, in this thread. */
  readonly threads?: Pick<ThreadPool, 'run'>;
}

/** What a thread is asked. */
export interface ThreadedRebuild {
  readonly site: SiteFacts;
  readonly inputs: readonly SegmentEntry[];
}

export type CompactHost = SiteHost & {
  /** Ranges of an object, or all of it. */
  bodies(of: { readonly key: string; readonly ranges?: readonly ByteRange[] }): Promise<Moved<Uint8Array[]>>;
};

/** Runs a task of a compaction: in a thread when there are threads, and the same there as here. */
export function runRebuild(
  parts: CompactParts,
  inputs: readonly SegmentEntry[],
  context: TaskContext,
): Promise<RebuiltGroup> {
  const { catalog, store, threads } = parts;
  const { signal } = context;
  const site = buildSite(parts, context);
  if (!threads) {
    return new SegmentRebuild({ ...site, open: (entry) => catalog.openUncached(entry, { signal }) }, inputs).run();
  }
  const bodies: CompactHost['bodies'] = async ({ key, ranges }) =>
    movedBodies(ranges ? await store.getRanges(key, ranges, { signal }) : [await store.get(key, { signal })]);
  const host = (conversation: Conversation): Handlers => ({ ...siteHost(site, conversation), bodies });
  const asked: ThreadedRebuild = { site: siteFacts(site), inputs };
  return threads.run('rebuild', asked, { host, signal }) as Promise<RebuiltGroup>;
}

/** In the thread. */
export function runThreadedRebuild(
  { site, inputs }: ThreadedRebuild,
  caller: Caller<CompactHost>,
  conversation: Conversation,
): Promise<RebuiltGroup> {
  const opener = new SegmentOpener({
    get: async (key) => (await caller.call('bodies', { key }))[0]!,
    getRanges: (key, ranges) => caller.call('bodies', { key, ranges }),
  });
  const { signal } = caller;
  return new SegmentRebuild(
    { ...remoteSite(site, caller, conversation), open: (entry) => opener.open(entry, { signal }) },
    inputs,
  ).run();
}
