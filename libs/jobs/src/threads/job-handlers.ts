import type { Caller, Conversation, Handlers } from '#libs/threads';
import { runThreadedRebuild, type CompactHost, type ThreadedRebuild } from '../kinds/compact/run-rebuild.ts';
import { runThreadedImport, type ImportHost, type ThreadedImport } from '../kinds/import/run-import.ts';

/** What a thread of a worker computes. It does no input or output: it asks its host. */
export const jobHandlers = (conversation: () => Conversation): Handlers => ({
  import: (asked: ThreadedImport, caller: Caller<ImportHost>) => runThreadedImport(asked, caller, conversation()),
  rebuild: (asked: ThreadedRebuild, caller: Caller<CompactHost>) => runThreadedRebuild(asked, caller, conversation()),
});
