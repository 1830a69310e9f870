import { z } from 'zod';
import type { AnyJobKind, JobKind } from '#libs/jobs';

const noop: JobKind<object, null, null, null, null> = {
  name: 'noop',
  role: 'search',
  spec: z.object({}),
  transient: true,
  plan: () => Promise.resolve({ shared: null, tasks: [null] }),
  run: () => Promise.resolve(null),
  failed: () => null,
  empty: () => null,
  merge: () => null,
  finish: () => Promise.resolve({ result: null, coverage: 1 }),
};

/** One task that does nothing, and is as lasting as a search: what is left is the runtime, the broker and the job store. */
export const NOOP_KIND: AnyJobKind = noop;
