import type { JobEvents } from '#libs/jobs';
import type { Metrics } from '#libs/telemetry';

/** What the runtime tells of, counted. */
export function jobEvents(metrics: Metrics): JobEvents {
  return {
    submitted: ({ kind, tenant }) => metrics.jobsSubmitted.inc({ kind, tenant }),
    ended: ({ kind, tenant }, state, elapsedMs) => {
      metrics.jobsEnded.inc({ kind, tenant, state });
      metrics.jobSeconds.observe({ kind }, elapsedMs / 1000);
    },
    taskRan: (kind, outcome, { elapsedMs, queueMs, ioMs, cpuMs }) => {
      metrics.tasksRan.inc({ kind, outcome });
      for (const [part, ms] of Object.entries({ run: elapsedMs, queue: queueMs, io: ioMs, cpu: cpuMs })) {
        if (ms !== undefined) metrics.taskSeconds.observe({ kind, part }, ms / 1000);
      }
    },
    retried: (kind) => metrics.retries.inc({ kind }),
    deadLettered: (kind) => metrics.deadLetters.inc({ kind }),
    reconciled: (kind) => metrics.reconciled.inc({ kind }),
    hedged: (kind) => metrics.hedges.inc({ kind }),
    hedgeWon: (kind) => metrics.hedgesWon.inc({ kind }),
    dispatched: (kind, way, tasks) => metrics.dispatched.inc({ kind, way }, tasks),
  };
}
