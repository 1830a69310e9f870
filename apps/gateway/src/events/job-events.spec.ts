import { startGateways, type TestGateways } from '../gateway-fixture.ts';
import { EventReader } from './event-reader-fixture.ts';

let site: TestGateways;
const readers: EventReader[] = [];

beforeAll(async () => {
  site = await startGateways(2);
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(() => site.close());

const urlOf = (id: string, gateway = 1): string => `${site.gateways[gateway]!.url}/v1/jobs/${id}/events`;

/** Through the second gateway; the jobs are driven by the first. */
async function follow(id: string, lastEventId?: string): Promise<EventReader> {
  const reader = await EventReader.open(urlOf(id), lastEventId === undefined ? {} : { 'last-event-id': lastEventId });
  readers.push(reader);
  return reader;
}

describe('the events of a job', () => {
  it('are its progress, the merge so far and its end, through another gateway', async () => {
    const id = await site.startJob(2);
    const reader = await follow(id);
    expect(reader.response.statusCode).toBe(200);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await reader.until(({ last }) => last?.event === 'progress');
    expect(reader.last!.data).toMatchObject({ id, state: 'running', progress: { total: 2, done: 0, failed: 0 } });
    await site.record(id, 1, 'b');
    await reader.until(({ last }) => last?.event === 'partial');
    expect(reader.last!.data).toEqual({ letters: ['b'] });
    await site.record(id, 0, 'a');
    await reader.until(({ last }) => last?.data.letters?.length === 2);
    await site.finish(id, 'a', 'b');
    await reader.ended();
    expect(reader.last).toMatchObject({
      event: 'done',
      data: { id, state: 'succeeded', result: { letters: ['a', 'b'] } },
    });
    expect(reader.events.map(({ event }) => event)).toEqual([
      'progress',
      'progress',
      'partial',
      'progress',
      'partial',
      'done',
    ]);
  });

  it('show the first of twenty shards within 300 ms while the last is held back', async () => {
    let quickest = Infinity;
    // The quickest of some: a machine that does other things as well may keep one of them waiting.
    for (let round = 0; round < 20 && quickest >= 300; round++) {
      const id = await site.startJob(20);
      const reader = await follow(id);
      await reader.until(({ last }) => last !== undefined);
      const began = performance.now();
      await site.record(id, 0, 'first');
      await reader.until((read) => read.named('partial').length === 1);
      quickest = Math.min(quickest, performance.now() - began);
      expect(reader.last!.data).toEqual({ letters: ['first'] });
    }
    expect(quickest).toBeLessThan(300);
  });

  it('of a job that has ended are its end alone', async () => {
    const id = await site.startJob(1);
    await site.record(id, 0, 'a');
    await site.finish(id, 'a');
    const reader = await (await follow(id)).ended();
    expect(reader.events).toMatchObject([{ event: 'done', data: { result: { letters: ['a'] } } }]);
    // A browser's EventSource comes back after any end but this.
    const again = await fetch(urlOf(id), { headers: { 'last-event-id': reader.last!.id } });
    expect(again.status).toBe(204);
  });

  it('go on from the last one seen, and repeat nothing that has not changed', async () => {
    const id = await site.startJob(3);
    await site.record(id, 0, 'a');
    const first = await follow(id);
    await first.until(({ last }) => last?.event === 'partial');
    first.close();
    const second = await follow(id, first.last!.id);
    await site.record(id, 1, 'b');
    await second.until((read) => read.named('partial').length === 1);
    expect(second.events.map(({ event }) => event)).toEqual(['progress', 'partial']);
    expect(second.last!.data).toEqual({ letters: ['a', 'b'] });
    // Between the two events of one change: the second is still owed.
    const third = await follow(id, second.events[0]!.id);
    await third.until(({ last }) => last !== undefined);
    expect(third.events).toEqual([second.last]);
    await site.finish(id, 'z');
    await second.ended();
    expect(second.named('done')).toHaveLength(1);
  });

  it('begin anew for an id that is none of ours', async () => {
    const id = await site.startJob(1);
    const reader = await follow(id, '../../etc; drop');
    await reader.until(({ last }) => last !== undefined);
    expect(reader.last!.event).toBe('progress');
  });

  it('go on when the job is run again', async () => {
    const id = await site.startJob(2);
    await site.record(id, 0, 'a');
    const { jobs } = site.platforms[0]!;
    await jobs.transition(id, ['running'], { state: 'cancelled' });
    const first = await (await follow(id)).ended();
    expect(first.last).toMatchObject({ event: 'done', data: { state: 'cancelled' } });
    await jobs.reopen(id, [1]);
    const second = await follow(id, first.last!.id);
    await second.until(({ last }) => last?.event === 'partial');
    expect(second.events).toMatchObject([
      { event: 'progress', data: { attempt: 2, state: 'running' } },
      { event: 'partial', data: { letters: ['a'] } },
    ]);
  });

  it('of no job, or of another tenant’s, are a problem', async () => {
    const foreign = await site.startJob(1, 'other');
    for (const id of [foreign, '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense']) {
      const answer = await fetch(urlOf(id));
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'job_not_found' });
    }
  });

  it('answer a HEAD at once', async () => {
    const id = await site.startJob(1);
    expect((await fetch(urlOf(id), { method: 'HEAD' })).status).toBe(200);
  });
});

describe('a reader', () => {
  it('that stops reading is owed one frame, whatever happens meanwhile, and then gets the newest state', async () => {
    const tasks = 800;
    const id = await site.startJob(tasks);
    const watched = site.platforms[1]!;
    let merges = 0;
    const get = watched.jobService.get.bind(watched.jobService);
    watched.jobService.get = (...args) => {
      merges++;
      return get(...args);
    };
    // 60 kB a merge from the first one on, so that what the kernel buffers is soon full.
    const reader = await follow(id);
    await site.record(id, 0, 'x'.repeat(60_000));
    await reader.until((read) => read.named('partial').length === 1);
    reader.response.pause();
    for (let task = 1; task < tasks; task++) {
      await site.record(id, task, String(task));
    }
    await site.finish(id, 'the end');
    reader.response.resume();
    await reader.ended();
    expect(reader.last).toMatchObject({ event: 'done', data: { result: { letters: ['the end'] } } });
    expect(merges).toBeLessThan(200);
    expect(reader.events.length).toBeLessThan(300);
    watched.jobService.get = get;
  });

  it('that goes away is forgotten', async () => {
    const id = await site.startJob(1);
    const { jobs } = site.platforms[1]!;
    const watch = jobs.watch.bind(jobs);
    const unwatched = new Promise<void>((resolve) => {
      jobs.watch = async (...args) => {
        const unwatch = await watch(...args);
        return () => {
          unwatch();
          resolve();
        };
      };
    });
    const reader = await follow(id);
    await reader.until(({ last }) => last !== undefined);
    reader.close();
    await expect(unwatched).resolves.toBeUndefined();
    jobs.watch = watch;
  });

  it('is sent elsewhere when its gateway shuts down', async () => {
    const passing = await startGateways(1);
    const id = await passing.startJob(2);
    const reader = await EventReader.open(`${passing.gateways[0]!.url}/v1/jobs/${id}/events`);
    await reader.until(({ last }) => last !== undefined);
    const began = performance.now();
    await passing.gateways[0]!.close();
    await reader.ended();
    expect(reader.response.complete).toBe(true);
    expect(reader.named('done')).toEqual([]);
    // Long before anybody's patience ends; the stream's own, 15 s between two signs of life, among them.
    expect(performance.now() - began).toBeLessThan(10_000);
    await passing.close();
  });
});
