import { systemClock } from '#libs/kernel';
import { ids, idsOf, running, tick } from './job-store-contract-fixture.ts';
import { TERMINAL_STATES, type JobState, type JobStore } from './job-store.ts';

/** Part of the JobStore contract: ends that are owed to somebody. */
export function describeAnnouncing(current: () => { store: JobStore; connect: () => Promise<JobStore> }): void {
  describe('announcing', () => {
    let store: JobStore;
    beforeEach(() => {
      store = current().store;
    });

    const ending = async (state: JobState = 'succeeded', announce = true): Promise<string> => {
      const id = await running(store, 1, announce ? { announce: true } : {});
      await store.transition(id, ['running'], { state });
      return id;
    };
    const owed = async (limit = 10): Promise<string[]> => idsOf(await store.listUnannounced(await tick(), limit));

    it.each(TERMINAL_STATES)('owes the end of a job that is %s, until it is announced', async (state) => {
      const id = await running(store, 1, { announce: true });
      expect(await owed()).toEqual([]);
      const ended = await store.transition(id, ['running'], { state });
      expect(await store.listUnannounced(await tick(), 10)).toEqual([ended]);
      await (await current().connect()).markAnnounced(id);
      expect(await owed()).toEqual([]);
      expect(await store.get(id)).toEqual(ended);
      await store.markAnnounced(id);
    });

    it('owes nobody the end of a job that was made without', async () => {
      const id = await ending('failed', false);
      expect(await owed()).toEqual([]);
      await store.markAnnounced(id);
      await store.markAnnounced(ids.next());
    });

    it('names what ended before, oldest first', async () => {
      const first = await running(store, 1, { announce: true });
      const second = await ending();
      await tick();
      await store.transition(first, ['running'], { state: 'cancelled' });
      const before = await tick();
      await ending();
      expect(idsOf(await store.listUnannounced(before, 10))).toEqual([second, first]);
      expect(idsOf(await store.listUnannounced(before, 1))).toEqual([second]);
      const { finishedAt } = (await store.get(second))!;
      expect(await store.listUnannounced(finishedAt!, 10)).toEqual([]);
    });

    it('owes the end of a reopened job when it ends again, and not before', async () => {
      const told = await ending('failed');
      await store.markAnnounced(told);
      const untold = await ending('failed');
      for (const id of [told, untold]) {
        await store.reopen(id, [0]);
        expect(await owed()).not.toContain(id);
        // Who announced the end before comes late: it is the next end that is owed now.
        await store.markAnnounced(id);
        await store.transition(id, ['running'], { state: 'succeeded' });
        expect(await owed()).toContain(id);
        await store.markAnnounced(id, 1);
        expect(await owed()).toContain(id);
      }
      expect((await owed()).toSorted()).toEqual([told, untold].toSorted());
    });

    it('keeps what is owed from being deleted', async () => {
      const waiting = await ending();
      const done = await ending();
      await store.markAnnounced(done);
      const plain = await ending('cancelled', false);
      const before = await tick();
      expect(idsOf(await store.deleteEnded(before, 10)).toSorted()).toEqual([done, plain].toSorted());
      expect(await store.get(waiting)).toBeDefined();
      await store.markAnnounced(waiting);
      expect(idsOf(await store.deleteEnded(before, 10))).toEqual([waiting]);
      expect(await owed()).toEqual([]);
    });

    it('lets those that are owed stand in nobody’s way to deletion', async () => {
      for (let n = 0; n < 3; n++) await ending();
      const plain = await ending('failed', false);
      expect(idsOf(await store.deleteEnded(await tick(), 1))).toEqual([plain]);
    });

    it('keeps a transient job that is owed, too', async () => {
      const id = await running(store, 1, { announce: true, transient: true });
      await store.transition(id, ['running'], { state: 'succeeded' });
      expect(await store.deleteEnded(await tick(), 10, true)).toEqual([]);
      await store.markAnnounced(id);
      expect(idsOf(await store.deleteEnded(systemClock.now(), 10, true))).toEqual([id]);
    });
  });
}
