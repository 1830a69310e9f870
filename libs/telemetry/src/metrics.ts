import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; from a warm search to a long import. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What a process counts, in Prometheus's terms. One instance a process; names are listed in docs/METRICS.md. */
export class Metrics {
  private readonly registry = new Registry();
  readonly jobsSubmitted = this.counter('quarry_jobs_submitted_total', 'Jobs accepted', ['kind', 'tenant']);
  readonly jobsEnded = this.counter('quarry_jobs_ended_total', 'Jobs that reached a terminal state', [
    'kind',
    'tenant',
    'state',
  ]);
  readonly jobSeconds = this.histogram('quarry_job_seconds', 'From acceptance to terminal state', ['kind']);
  readonly tasksRan = this.counter('quarry_tasks_total', 'Runs of tasks by outcome', ['kind', 'outcome']);
  readonly taskSeconds = this.histogram('quarry_task_seconds', 'Tasks, by what the time went to', ['kind', 'part']);
  readonly dispatched = this.counter('quarry_tasks_dispatched_total', 'Tasks sent, by way', ['kind', 'way']);
  readonly hedges = this.counter('quarry_hedges_total', 'Tasks given to a second worker', ['kind']);
  readonly hedgesWon = this.counter('quarry_hedges_won_total', 'Hedges that answered first', ['kind']);
  readonly retries = this.counter('quarry_retries_total', 'Messages to be handled again after an error', ['kind']);
  readonly deadLetters = this.counter('quarry_dead_letters_total', 'Messages put to the dead letters', ['kind']);
  readonly reconciled = this.counter('quarry_jobs_reconciled_total', 'Jobs set going again', ['kind']);
  readonly httpSeconds = this.histogram('quarry_http_request_seconds', 'HTTP requests', ['method', 'route', 'status']);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A gauge or counter whose value is read when it is scraped. */
  observe(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Promise<readonly { labels: Record<string, string>; value: number }[]>,
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: async () => {
        const values = await read();
        gauge.reset();
        for (const { labels: of, value } of values) gauge.set(of, value);
      },
    });
  }

  /** The text exposition format. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, registers: [this.registry], buckets: SECONDS });
  }
}
