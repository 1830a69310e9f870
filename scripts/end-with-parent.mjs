// Loaded by `node --import` into long-running children of run.mjs, as `end-with-parent.mjs?parent=<pid>`: a child whose
// parent was killed (kill -9) ends as well, gracefully. Workers and forks inherit the flag; they are none of ours.
import { isMainThread } from 'node:worker_threads';

const parent = Number(new URL(import.meta.url).searchParams.get('parent'));
const WATCH_MS = 100;

if (isMainThread && process.ppid === parent) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, WATCH_MS);
  timer.unref();
}
