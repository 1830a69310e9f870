import type { JobEvents } from '#libs/jobs';
import type { Metrics } from '#libs/telemetry';

/** What the runtime tells of, counted. */
export function jobEvents(metrics: Metrics): JobEvents {
  return {
    submitted: (kind) => metrics.jobsSubmitted.inc({ kind }),
    ended: (kind, state, elapsedMs) => {
      metrics.jobsEnded.inc({ kind, state });
      metrics.jobSeconds.observe({ kind }, elapsedMs / 1000);
    },
    taskRan: (kind, outcome, elapsedMs) => {
      metrics.tasksRan.inc({ kind, outcome });
      metrics.taskSeconds.observe({ kind }, elapsedMs / 1000);
    },
    deadLettered: (kind) => metrics.deadLetters.inc({ kind }),
    reconciled: (kind) => metrics.reconciled.inc({ kind }),
  };
}
