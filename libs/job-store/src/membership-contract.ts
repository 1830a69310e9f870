import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { eventually } from './job-store-contract-fixture.ts';
import type { Member, Membership } from './membership.ts';

/** One place where members announce themselves, from empty. */
export interface MembershipSite {
  /** One more client, as another process would have. */
  connect(): Promise<Membership>;
  /** Closes all clients, and takes away what they left. */
  destroy(): Promise<void>;
}

export interface MembershipSubject {
  create(): Promise<MembershipSite>;
}

const LONG_MS = 60_000;
const SHORT_MS = 40;

const ids = createIds(systemClock, systemRandom);
const member = (more: Partial<Member> = {}): Member => ({
  id: ids.next(),
  kind: 'worker',
  host: 'größer.example',
  pid: 4711,
  version: '1.2.3',
  startedAt: systemClock.now(),
  roles: ['search', 'index'],
  draining: false,
  load: { running: 1, waiting: 0, concurrency: 4 },
  cache: { bytes: 10, maxBytes: 2 ** 40, hits: 3, misses: 1 },
  ...more,
});

/** What every Membership must do. Declares the tests; to be called at the top level of a spec. */
export function describeMembershipContract(name: string, subject: MembershipSubject): void {
  describe(`${name}: the Membership contract`, () => {
    let site: MembershipSite;
    let one: Membership;
    let two: Membership;
    beforeEach(async () => {
      site = await subject.create();
      one = await site.connect();
      two = await site.connect();
    });
    afterEach(() => site.destroy());

    it('starts with nobody', async () => {
      expect(await one.members()).toEqual([]);
    });

    it('shows every member to every client, by id', async () => {
      const [a, b, c] = [member(), member({ kind: 'gateway', roles: [] }), member({ draining: true })];
      await two.announce(c, LONG_MS);
      await one.announce(a, LONG_MS);
      await two.announce(b, LONG_MS);
      const all = [a, b, c].toSorted((left, right) => (left.id < right.id ? -1 : 1));
      expect(await one.members()).toEqual(all);
      expect(await two.members()).toEqual(all);
    });

    it('replaces what was known of a member', async () => {
      const before = member();
      const after = { ...before, roles: [], draining: true, load: { running: 0, waiting: 7, concurrency: 4 } };
      await one.announce(before, LONG_MS);
      await two.announce(after, LONG_MS);
      expect(await one.members()).toEqual([after]);
    });

    it('forgets a member whose time is over, and that one alone', async () => {
      const [stays, goes] = [member(), member()];
      await one.announce(goes, SHORT_MS);
      await one.announce(stays, LONG_MS);
      await eventually(async () => expect(await two.members()).toEqual([stays]));
      await two.announce(goes, LONG_MS);
      expect(await one.members()).toHaveLength(2);
    });

    it('counts the time from the latest announcement', async () => {
      const [prolonged, cut, mark] = [member(), member(), member()];
      await one.announce(prolonged, SHORT_MS);
      await one.announce(prolonged, LONG_MS);
      await one.announce(cut, LONG_MS);
      await one.announce(cut, SHORT_MS);
      await one.announce(mark, SHORT_MS);
      await eventually(async () => expect(await two.members()).toEqual([prolonged]));
    });

    it('forgets at once who withdraws', async () => {
      const [stays, goes] = [member(), member()];
      await one.announce(stays, LONG_MS);
      await one.announce(goes, LONG_MS);
      await two.withdraw(goes.id);
      expect(await one.members()).toEqual([stays]);
      await one.withdraw(goes.id);
      await one.withdraw(ids.next());
      expect(await one.members()).toEqual([stays]);
    });

    it('keeps apart what many announce at the same time', async () => {
      const many = Array.from({ length: 30 }, () => member());
      await Promise.all(many.map((each, n) => (n % 2 ? one : two).announce(each, LONG_MS)));
      expect((await one.members()).map(({ id }) => id)).toEqual(many.map(({ id }) => id).toSorted());
    });
  });
}
