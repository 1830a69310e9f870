export type { StreamRef } from './byte-streams.ts';
export {
  Conversation,
  type Api,
  type Caller,
  type CallOptions,
  type Handlers,
  type Port,
  type Remote,
} from './conversation.ts';
export { serveThread } from './serve-thread.ts';
export { threadData, threadEntry, type ThreadEntry } from './thread.ts';
export { Late, ThreadPool, type PoolCall, type PoolCounts, type ThreadPoolOptions } from './thread-pool.ts';
export { Moved, movedBodies } from './wire.ts';
