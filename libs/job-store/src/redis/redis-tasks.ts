import type { Clock } from '#libs/kernel';
import { PLANNABLE_STATES } from '../job-rules.ts';
import type { JobPlan, StoredPartial, TaskProgress } from '../job-store.ts';
import type { JobStoreKeys } from './job-keys.ts';
import type { RedisScripts, Reply } from './redis-scripts.ts';
import { RECORD_PARTIAL, RECORD_PLAN, REPORT_PROGRESS, TASK_STATE } from './scripts/task-scripts.ts';

/** Plans, partials and progress. */
export class RedisTasks {
  constructor(
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
    private readonly clock: Clock,
  ) {}

  async recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined> {
    const { job, plan: key, bucket } = this.keys.of(id);
    const text = JSON.stringify(plan);
    const args = [...this.about(id), `,${PLANNABLE_STATES.join(',')},`, plan.tasks.length, text];
    const reply = await this.scripts.run(RECORD_PLAN, [job, bucket.touched, bucket.touchedTransient, key], args);
    return reply === null ? undefined : (JSON.parse(reply === 1 ? text : (reply as string)) as JobPlan);
  }

  async getPlan(id: string): Promise<JobPlan | undefined> {
    const text = await this.scripts.ask((client) => client.get(this.keys.of(id).plan));
    return text === null ? undefined : (JSON.parse(text) as JobPlan);
  }

  async recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }> {
    const { job, partials, bucket } = this.keys.of(id);
    const body = (JSON.stringify(partial.body) as string | undefined) ?? '';
    const args = [...this.about(id), attempt ?? '', numberOf(task), partial.failed ? '1' : '0', body];
    return toState(
      await this.scripts.run(RECORD_PARTIAL, [job, bucket.touched, bucket.touchedTransient, partials], args),
    );
  }

  async partials(id: string): Promise<Map<number, StoredPartial>> {
    const texts = await this.scripts.ask((client) => client.hgetall(this.keys.of(id).partials));
    const partials = Object.entries(texts).map(([task, text]) => [Number(task), toPartial(text)] as const);
    return new Map(partials.toSorted(([a], [b]) => a - b));
  }

  async recordedTasks(id: string): Promise<number[]> {
    const tasks = await this.scripts.ask((client) => client.hkeys(this.keys.of(id).partials));
    return tasks.map(Number).toSorted((a, b) => a - b);
  }

  async taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }> {
    const { job, partials } = this.keys.of(id);
    return toState(await this.scripts.run(TASK_STATE, [job, partials], [numberOf(task)]));
  }

  async reportProgress(id: string, task: number, progress: TaskProgress): Promise<void> {
    const { job, progress: key, bucket } = this.keys.of(id);
    const { doneBytes, totalBytes, documents } = progress;
    const args = [...this.about(id), task, doneBytes, totalBytes, documents];
    await this.scripts.run(REPORT_PROGRESS, [job, bucket.touched, bucket.touchedTransient, key], args);
  }

  /** The first arguments of all these scripts: id, now, channel. */
  private about(id: string): [string, number, string] {
    return [id, this.clock.now(), this.keys.channel(id)];
  }
}

/** What is no task's number becomes one that no plan has. */
const numberOf = (task: number): number => (Number.isInteger(task) ? task : -1);

/** A digit for `failed`, then the body's JSON. */
const toPartial = (text: string): StoredPartial => ({
  body: text.length > 1 ? (JSON.parse(text.slice(1)) as unknown) : undefined,
  failed: text[0] === '1',
});

const toState = (reply: Reply): { recorded: boolean; remaining: number } => {
  const [recorded, remaining] = reply as [number, number];
  return { recorded: recorded === 1, remaining };
};
