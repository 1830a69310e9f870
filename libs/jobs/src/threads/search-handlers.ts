import { limitHotUnits } from '#libs/segment';
import { threadData, type Caller, type Conversation, type Handlers } from '#libs/threads';
import { ThreadedSearches, type SearchThreadMemory, type ThreadedSearch } from '../kinds/search/threaded-search.ts';

/** What a thread of a worker searches. It does no input or output: it asks its host. */
export function searchHandlers(conversation: () => Conversation): Handlers {
  const memory = threadData() as SearchThreadMemory;
  limitHotUnits(memory.parsed);
  const searches = new ThreadedSearches(conversation, memory);
  return { search: (asked: ThreadedSearch, caller: Caller) => searches.run(asked, caller) };
}
