import { createIds, seededRandom, systemClock } from '#libs/kernel';
import { MemoryJobStore, type JobRecord } from '#libs/job-store';
import { silentLogger } from '#libs/telemetry';
import type { Submission } from '../../job-service.ts';
import { SimulatedClock } from '../webhook/simulated-clock-fixture.ts';
import { IndexBench } from './compact-fixture.ts';
import { Compactor, COMPACTOR_DEFAULTS } from './compactor.ts';

const ids = createIds(systemClock, seededRandom(5));

/** Two processes with compactors over one bucket and one job store; jobs are recorded and stand still. */
function party(bench: IndexBench) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const jobs = new MemoryJobStore({ clock });
  const submitted: Submission[] = [];
  const service = {
    submit: async (submission: Submission): Promise<{ job: JobRecord; created: boolean }> => {
      const { idempotencyKey, ...asked } = submission;
      const idempotency = { key: idempotencyKey!, fingerprint: 'same' };
      const made = await jobs.create({ ...asked, id: ids.next(), idempotency });
      if (made.created) submitted.push(submission);
      return made;
    },
  };
  const compactor = (): Compactor =>
    new Compactor({
      jobs,
      clock,
      ids,
      logger: silentLogger,
      catalog: bench.catalog,
      service,
      memoryBytes: 64 * 2 ** 20,
    });
  const end = async (): Promise<void> => {
    for (const job of await jobs.list({}, { limit: 100 })) {
      await jobs.transition(job.id, ['queued'], { state: 'succeeded' });
    }
  };
  return { clock, jobs, submitted, compactors: [compactor(), compactor()], end };
}

const untidy = async (bench: IndexBench): Promise<void> => {
  for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}`, title: 'word' }]);
};

describe('the compactor', () => {
  it('submits one job for an index that has work, however many processes look', async () => {
    const bench = new IndexBench();
    await bench.create();
    await untidy(bench);
    const { submitted, compactors } = party(bench);
    await Promise.all(compactors.map((each) => each.pass()));
    await Promise.all(compactors.map((each) => each.pass()));
    expect(submitted).toMatchObject([{ kind: 'compact', tenant: 'acme', index: 'logs', spec: {} }]);
    for (const each of compactors) await each.close();
  });

  it('leaves alone what is tidy, being compacted, dropped, or no index', async () => {
    const bench = new IndexBench();
    await bench.create();
    await bench.add([{ _id: 'a' }]);
    await bench.store.put('acme/upload/staging/j/documents', new Uint8Array(1));
    await bench.store.put('_keys/acme/k', new Uint8Array(1));
    await bench.catalog.create({ tenant: 'acme', index: 'old' }, {});
    await bench.catalog.drop({ tenant: 'acme', index: 'old' });
    const { clock, submitted, compactors, end } = party(bench);
    const [compactor] = compactors;
    compactor!.start();
    await clock.pass(60_000);
    expect(submitted).toEqual([]);
    await untidy(bench);
    await clock.pass(300_000);
    expect(submitted).toHaveLength(1);
    // The job runs; the index changes meanwhile.
    await bench.add([{ _id: 'b' }]);
    await clock.pass(1_200_000);
    expect(submitted).toHaveLength(1);
    await end();
    await clock.pass(1_200_000);
    expect(submitted).toHaveLength(2);
    await Promise.all([compactor!.close(), clock.pass(1)]);
  });

  it('has a few at once, and comes back to the others', async () => {
    const bench = new IndexBench();
    await bench.create();
    await untidy(bench);
    const keys: string[] = [];
    for await (const { key } of bench.store.list('acme/logs/')) keys.push(key);
    for (let at = 0; at < 6; at++) {
      // Copies of the index, as far as a compactor can tell.
      for (const key of keys) await bench.store.put(key.replace('logs', `copy${at}`), await bench.store.get(key));
    }
    const { clock, submitted, compactors, end } = party(bench);
    const [compactor] = compactors;
    compactor!.start();
    await clock.pass(300_000);
    expect(submitted).toHaveLength(COMPACTOR_DEFAULTS.atOnce);
    await end();
    await clock.pass(300_000);
    expect(new Set(submitted.map(({ index }) => index)).size).toBe(7);
    await Promise.all([compactor!.close(), clock.pass(1)]);
  });
});
