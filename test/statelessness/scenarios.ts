import { EventReader } from '../../apps/gateway/src/events/event-reader-fixture.ts';
import { ndjson, type Answer, type Api } from '../support/api.ts';
import type { Site } from './site.ts';

/** What a client does at two gateways and sees there; without what differs from run to run (ids, times, costs). */
export type Scenario = (site: Site) => Promise<unknown>;

const DOCUMENTS = Array.from({ length: 400 }, (_, n) => ({
  _id: `d${n}`,
  n,
  tag: `tag-${n % 7}`,
  text: `number ${n} of a few, ${n % 2 === 0 ? 'even' : 'odd'}${n % 10 === 0 ? ', and round' : ''}`,
}));

const FIELDS = { n: { type: 'long' }, tag: { type: 'keyword' }, text: { type: 'text' } };

const SEARCHES = [
  { query: { match: { text: 'round number' } }, size: 7, searchType: 'dfs' },
  { query: { term: { tag: 'tag-3' } }, sort: [{ n: 'desc' }], size: 5, trackTotalHits: true },
  { query: { match_phrase: { text: 'and round' } }, size: 3, highlight: { fields: { text: {} } } },
  { size: 0, trackTotalHits: true, aggs: { tags: { terms: { field: 'tag' }, aggs: { n: { avg: { field: 'n' } } } } } },
  { q: 'text:odd AND n:[10 TO 30]', size: 20 },
];

/** Of a search's result: all that the request and the documents decide. */
const seen = ({ status, body }: Answer): unknown => ({ status, ...withoutCosts(body) });
function withoutCosts({ ...result }: Record<string, unknown>): Record<string, unknown> {
  delete result['took'];
  delete result['receipt'];
  return result;
}

const jobSeen = ({ status, body }: Answer): unknown => ({
  status,
  state: body.state,
  progress: body.progress,
  coverage: body.coverage,
  ...(body.result && { result: withoutCosts(body.result) }),
});

const searchJob = async (site: Site, index: string): Promise<string> =>
  (await site.one('POST', `/v1/indexes/${index}/search?wait=0s`, SEARCHES[1])).body.id;

async function add(site: Site, index: string, query = '?wait=30s'): Promise<Answer> {
  await site.other('PUT', `/v1/indexes/${index}`, { fields: FIELDS });
  const headers = { 'content-type': 'application/x-ndjson' };
  return site.one('POST', `/v1/indexes/${index}/documents${query}`, ndjson(DOCUMENTS), headers);
}

const addOnce = (gateway: Api): Promise<Answer> =>
  gateway('POST', '/v1/indexes/once/documents?wait=30s', ndjson(DOCUMENTS), {
    'content-type': 'application/x-ndjson',
    'idempotency-key': 'once',
  });

const jobOf = ({ headers }: Answer): string | null => headers.get('quarry-job');

/** In this order: the first makes the index that others search. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'what is written through one gateway is found through the other, twice the same': async (site) => {
    const added = await add(site, 'shared');
    const found = [];
    for (const body of [...SEARCHES, ...SEARCHES]) {
      found.push(seen(await site.other('POST', '/v1/indexes/shared/search?wait=30s', body)));
    }
    return { added: seen(added), found, one: seen(await site.other('GET', '/v1/indexes/shared/documents/d7')) };
  },

  'a job submitted on one gateway is polled on the other': async (site) => {
    const { id, queued } = await site.withoutWorkers(async () => {
      const submitted = await searchJob(site, 'shared');
      return { id: submitted, queued: jobSeen(await site.other('GET', `/v1/jobs/${submitted}`)) };
    });
    return { queued, ended: jobSeen(await site.other('GET', `/v1/jobs/${id}?wait=30s`)) };
  },

  'a job submitted on one gateway is streamed on the other, and the stream goes on at the first': async (site) => {
    const { id, reader, first } = await site.withoutWorkers(async () => {
      const submitted = await searchJob(site, 'shared');
      const opened = await EventReader.open(`${site.otherUrl}/v1/jobs/${submitted}/events`);
      await opened.until(({ events }) => events.length > 0);
      return { id: submitted, reader: opened, first: opened.events[0]! };
    });
    await reader.ended();
    const resumed = await EventReader.open(`${site.oneUrl}/v1/jobs/${id}/events`, { 'last-event-id': first.id });
    await resumed.ended();
    const ends = [reader, resumed].map(({ last }) => ({
      event: last!.event,
      state: last!.data.state,
      result: withoutCosts(last!.data.result),
    }));
    return { first: { event: first.event, state: first.data.state }, ends };
  },

  'a job submitted on one gateway is cancelled on the other, and stays so': async (site) => {
    const { id, cancelled } = await site.withoutWorkers(async () => {
      const submitted = (await add(site, 'never', '')).body.id;
      return { id: submitted, cancelled: jobSeen(await site.other('DELETE', `/v1/jobs/${submitted}`)) };
    });
    // Whatever was sent for it has come by when this, sent later, is done.
    await site.other('POST', '/v1/indexes/after/documents?wait=30s', '{"_id":"a"}\n');
    const after = await site.one('GET', `/v1/jobs/${id}`);
    const { documents, version } = (await site.other('GET', '/v1/indexes/never')).body;
    return { cancelled, after: jobSeen(after), index: { documents, version } };
  },

  'restarting every process between submission and poll changes nothing': async (site) => {
    const { waiting, search } = await site.withoutWorkers(async () => ({
      waiting: (await add(site, 'kept', '')).body.id as string,
      search: await searchJob(site, 'shared'),
    }));
    const once = await addOnce(site.one);
    await site.cluster.restart();
    const twice = await addOnce(site.other);
    const added = jobSeen(await site.other('GET', `/v1/jobs/${waiting}?wait=60s`));
    const searched = jobSeen(await site.other('GET', `/v1/jobs/${search}?wait=60s`));
    await site.cluster.restart();
    // A result outlives everybody who had a part in it.
    const again = jobSeen(await site.one('GET', `/v1/jobs/${search}`));
    const found = seen(await site.one('POST', '/v1/indexes/kept/search?wait=30s', SEARCHES[3]));
    const repeated = { one: seen(once), other: seen(twice), same: jobOf(once) === jobOf(twice) };
    return { added, searched, again, found, repeated };
  },
};
