import { QuarryError, type Clock } from '#libs/kernel';
import { FakeTerminal, job } from '../cli-test-fixture.ts';
import { followJob } from './follow-job.ts';
import type { Job } from './job.ts';
import type { QuarryClient } from './quarry-client.ts';

/** Time passes only by waiting. */
function jumpingClock(): Clock {
  let now = 0;
  const { clock } = new FakeTerminal();
  return { ...clock, monotonic: () => now, sleep: async (ms) => void (now += ms) };
}

/** Each poll takes its answer from the list, the last for ever. */
function polled(answers: (Job | Error)[]): { client: QuarryClient; polls: () => number } {
  let polls = 0;
  const client = {
    job: async () => {
      const answer = answers[Math.min(polls++, answers.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { client: client as unknown as QuarryClient, polls: () => polls };
}

const away = new QuarryError('unavailable', 'no Quarry', { code: 'no_server' });

describe('followJob', () => {
  it('goes on after the server was away, and says so once', async () => {
    const { client } = polled([away, away, job('J', 'running'), away, job('J', 'succeeded')]);
    const lost: Error[] = [];
    const options = { clock: jumpingClock(), everyMs: 10, onLost: (error: Error) => lost.push(error) };
    expect((await followJob(client, job('J', 'queued'), options)).state).toBe('succeeded');
    expect(lost).toHaveLength(2);
  });

  it('gives up when the server stays away for a minute', async () => {
    const { client, polls } = polled([away]);
    await expect(followJob(client, job('J', 'queued'), { clock: jumpingClock(), everyMs: 10 })).rejects.toBe(away);
    expect(polls()).toBeGreaterThan(100);
  });

  it('does not hide other errors', async () => {
    const gone = new QuarryError('not-found', 'no such job', { code: 'job_not_found' });
    await expect(
      followJob(polled([gone]).client, job('J', 'queued'), { clock: jumpingClock(), everyMs: 10 }),
    ).rejects.toBe(gone);
  });

  it('asks nothing of a job that has ended', async () => {
    const { client, polls } = polled([away]);
    await followJob(client, job('J', 'failed'), { clock: jumpingClock(), everyMs: 10 });
    expect(polls()).toBe(0);
  });
});
