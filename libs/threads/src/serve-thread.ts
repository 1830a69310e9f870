import { parentPort } from 'node:worker_threads';
import { assert } from '#libs/kernel';
import { Conversation, type Handlers } from './conversation.ts';

/** In a thread: answers what the pool is asked to run, until the thread is ended. */
export function serveThread(makeHandlers: (conversation: () => Conversation) => Handlers): void {
  assert(parentPort, 'serveThread is for threads');
  const conversation: Conversation = new Conversation(
    parentPort,
    makeHandlers(() => conversation),
  );
}
