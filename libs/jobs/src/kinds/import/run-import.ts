import type { Caller, Conversation, Handlers, StreamRef } from '#libs/threads';
import { buildSite } from '../../building/build-site.ts';
import { remoteSite, siteFacts, siteHost, type SiteFacts, type SiteHost } from '../../building/threaded-site.ts';
import type { TaskContext } from '../../job-kind.ts';
import type { ImportTask } from './cut-tasks.ts';
import type { ImportPartial } from './import-partial.ts';
import type { ImportParts } from './import-parts.ts';
import type { ImportSpec } from './import-spec.ts';
import { ImportTaskRun, type ImportSite } from './import-task.ts';

/** What a thread is asked: the task with all that is known of it. */
export interface ThreadedImport {
  readonly site: SiteFacts;
  readonly task: ImportTask;
  readonly spec: Pick<ImportSpec, 'idField' | 'onError'>;
}

export type ImportHost = SiteHost & {
  read(from: { readonly url: string; readonly offset: number }): StreamRef;
};

/** Runs a task of an import: in a thread when there are threads, and the same there as here. */
export function runImport(
  parts: ImportParts,
  task: ImportTask,
  spec: ImportSpec,
  context: TaskContext,
): Promise<ImportPartial> {
  const site = importSite(parts, context);
  if (!parts.threads) return new ImportTaskRun(site, task, spec).run();
  const { idField, onError } = spec;
  const asked: ThreadedImport = {
    site: siteFacts(site),
    task,
    spec: { onError, ...(idField !== undefined && { idField }) },
  };
  const host = (conversation: Conversation): Handlers => ({
    ...siteHost(site, conversation),
    // Handed over uncopied: copies of all that is read were a third of the main thread's work, to collect them.
    read: ({ url, offset }: Parameters<ImportHost['read']>[0]) => conversation.offer(site.read(url, offset), true),
  });
  return parts.threads.run('import', asked, { host, signal: context.signal }) as Promise<ImportPartial>;
}

/** In the thread. */
export function runThreadedImport(
  { site: facts, task, spec }: ThreadedImport,
  caller: Caller<ImportHost>,
  conversation: Conversation,
): Promise<ImportPartial> {
  const site: ImportSite = {
    ...remoteSite(facts, caller, conversation),
    read: async function* read(url, offset) {
      yield* conversation.receive(await caller.call('read', { url, offset }));
    },
  };
  return new ImportTaskRun(site, task, spec).run();
}

function importSite(parts: ImportParts, context: TaskContext): ImportSite {
  return {
    ...buildSite(parts, context),
    read: async function* read(url, offset) {
      const { store, key } = await parts.opener.open(url);
      yield* store.getStream(key, { range: { offset, length: Infinity }, signal: context.signal });
    },
  };
}
