import { systemClock } from '#libs/kernel';
import type { IndexSchema } from '#libs/index';
import type { TaskProgress } from '#libs/job-store';
import type { FieldSpec } from '#libs/segment';
import type { Caller, Conversation, StreamRef } from '#libs/threads';
import type { BuildSite } from './build-site.ts';

/** A site's own facts, as a thread is told them. */
export type SiteFacts = Pick<BuildSite, 'task' | 'jobAttempt' | 'jobId' | 'memoryBytes'>;

/** What a thread that builds asks of the site in the main thread. */
export type SiteHost = {
  newestSchema(_: undefined): Promise<IndexSchema>;
  extendSchema(fields: Readonly<Record<string, FieldSpec>>): Promise<IndexSchema>;
  newSegment(_: undefined): Promise<{ readonly id: string; readonly key: string }>;
  put(segment: { readonly key: string; readonly chunks: StreamRef }): Promise<void>;
  progress(progress: TaskProgress): void;
};

export function siteFacts({ task, jobAttempt, jobId, memoryBytes }: BuildSite): SiteFacts {
  return { task, jobAttempt, jobId, memoryBytes };
}

type SiteAnswers = {
  readonly [K in keyof SiteHost]: (
    arg: Parameters<SiteHost[K]>[0],
    caller: Pick<Caller, 'signal'>,
  ) => ReturnType<SiteHost[K]>;
};

/** In the main thread: answers what a thread asks. */
export function siteHost({ schemas, output, progress }: BuildSite, conversation: Conversation): SiteAnswers {
  return {
    newestSchema: () => schemas.newest(),
    extendSchema: (fields) => schemas.extend(fields),
    newSegment: () => output.newSegment(),
    put: ({ key, chunks }, { signal }) => output.put(key, conversation.receive(chunks), signal),
    progress,
  };
}

/** In a thread: a site that asks the one in the main thread. */
export function remoteSite(facts: SiteFacts, caller: Caller<SiteHost>, conversation: Conversation): BuildSite {
  return {
    ...facts,
    clock: systemClock,
    signal: caller.signal,
    schemas: {
      newest: () => caller.call('newestSchema', undefined),
      extend: (fields) => caller.call('extendSchema', fields),
    },
    output: {
      newSegment: () => caller.call('newSegment', undefined),
      put: (key, chunks, signal) => caller.call('put', { key, chunks: conversation.offer(chunks, true) }, { signal }),
    },
    // Nobody waits for the answer; a call that has ended meanwhile needs no progress.
    progress: (progress) => void caller.call('progress', progress).catch(() => {}),
  };
}
