import { scenarios } from './statelessness/scenarios.ts';
import { type BrokerName, type Messaging, Site, startMessaging } from './statelessness/site.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const ENDED = { status: 200, state: 'succeeded', coverage: 1 };

/** What must be so, besides being the same with and without caches. */
const expected: Record<string, unknown> = {
  'what is written through one gateway is found through the other, twice the same': {
    added: { status: 200, indexed: 400, failed: 0 },
    one: { status: 200, _id: 'd7' },
  },
  'a job submitted on one gateway is polled on the other': {
    queued: { status: 200, state: 'queued' },
    ended: { ...ENDED, result: { total: { value: 57 } } },
  },
  'a job submitted on one gateway is streamed on the other, and the stream goes on at the first': {
    first: { event: 'progress', state: 'queued' },
    ends: [
      { event: 'done', state: 'succeeded', result: { total: { value: 57 } } },
      { event: 'done', state: 'succeeded', result: { total: { value: 57 } } },
    ],
  },
  'a job submitted on one gateway is cancelled on the other, and stays so': {
    cancelled: { status: 200, state: 'cancelled' },
    after: { status: 200, state: 'cancelled' },
    index: { documents: 0, version: 1 },
  },
  'restarting every process between submission and poll changes nothing': {
    added: { ...ENDED, result: { indexed: 400, updated: 0, failed: 0 } },
    searched: ENDED,
    again: ENDED,
    found: { status: 200, total: { value: 400, relation: 'eq' } },
    repeated: { one: { indexed: 400, updated: 0 }, other: { indexed: 400, updated: 0 }, same: true },
  },
};

describe.each<BrokerName>(['bullmq', 'rabbitmq'])('two gateways and two workers on %s', (broker) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let messaging: Messaging;
  const withCaches = new Map<string, unknown>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    messaging = await startMessaging(broker);
  });
  afterAll(async () => {
    await messaging.stop();
    await folder.remove();
  });

  describe.each([
    ['with caches', {}],
    ['without caches', { QUARRY_CACHE_MEMORY: '0' }],
  ])('%s', (name, environment) => {
    let site: Site;
    beforeAll(async () => {
      site = await Site.start(folder.path, name.replace(' ', '-'), { ...messaging.environment, ...environment });
    });
    afterAll(() => site.cluster.kill());

    it.each(Object.keys(scenarios))('%s', async (scenario) => {
      const seen = await scenarios[scenario]!(site);
      expect(seen).toMatchObject(expected[scenario] as object);
      // Which is the same thing again, with everything that was seen.
      if (name === 'with caches') withCaches.set(scenario, seen);
      else expect(seen).toEqual(withCaches.get(scenario));
    });
  });
});
