import { validateDefinition } from '#libs/index';
import { systemClock } from '#libs/kernel';
import { compileSearch, finishSearch, parseSearchRequest, searchSegments } from '#libs/query';
import { fieldStatistics, querySchema } from '../search/manifest-view.ts';
import { importFixture } from './import-fixture.ts';

const LOGS = { tenant: 'acme', index: 'logs' };

const DEFINITION = {
  settings: {
    analysis: {
      char_filter: { symbols: { type: 'mapping', mappings: ['c++ => cplusplus'] } },
      filter: { syn: { type: 'synonym_graph', synonyms: ['dns, domain name system'] } },
      analyzer: {
        folded: {
          tokenizer: 'standard',
          char_filter: ['html_strip', 'symbols'],
          filter: ['lowercase', 'asciifolding', 'porter_stem'],
        },
        asked: {
          tokenizer: 'standard',
          char_filter: ['symbols'],
          filter: ['lowercase', 'asciifolding', 'syn', 'porter_stem'],
        },
      },
      normalizer: { plain: { filter: ['lowercase', 'asciifolding'] } },
    },
  },
  mappings: {
    dynamic: 'strict',
    properties: {
      title: { type: 'text', analyzer: 'folded', search_analyzer: 'asked', copy_to: 'all', fields: { raw: 'keyword' } },
      tag: { type: 'keyword', normalizer: 'plain', copy_to: 'all', null_value: 'None' },
      all: { type: 'text', analyzer: 'folded' },
      secret: { type: 'keyword', index: false },
    },
  },
};

const DOCUMENTS = [
  { _id: '1', title: 'The <b>Cafés</b> of c++', tag: 'ÉTÉ' },
  { _id: '2', title: 'Domain name systems', tag: null, secret: 'x' },
  { _id: '3', title: 'dns running', tag: 'b' },
];

describe('an index with analyzers of its own', () => {
  /** Imports the documents; answers how to search them. */
  async function imported(): Promise<(query: unknown) => Promise<{ _id: string; highlight?: unknown }[]>> {
    const fixture = await importFixture({
      'a.ndjson': DOCUMENTS.map((document) => JSON.stringify(document)).join('\n'),
    });
    await fixture.catalog.create(LOGS, validateDefinition(DEFINITION));
    const { kind, spec, shared, tasks, context } = await fixture.planned();
    const partial = await kind.run(tasks[0]!, shared, spec, context());
    expect(await kind.finish(partial, shared, spec, context())).toMatchObject({ result: { indexed: 3, failed: 0 } });
    const manifest = await fixture.catalog.snapshot(LOGS, { consistency: 'strong' });
    const schema = querySchema(manifest.schema);
    const opened = await fixture.catalog.open(manifest.segments);
    const segments = opened.map(({ reader, deleted }, at) => ({ id: manifest.segments[at]!.id, reader, deleted }));
    return async (query) => {
      const request = parseSearchRequest({ query, highlight: { fields: { title: {} } } });
      const compiled = compileSearch(request, schema, { now: 0 });
      const found = await searchSegments(segments, request, compiled, schema, fieldStatistics(manifest), {
        clock: systemClock,
      });
      return finishSearch(found, request, schema, { took: 0, version: manifest.version, compiled } as never)
        .hits as never;
    };
  }

  it('finds by them, in imports and searches alike, and marks the text as it stands', async () => {
    const search = await imported();
    const ids = async (query: unknown): Promise<string> =>
      (await search(query))
        .map((hit) => hit._id)
        .toSorted()
        .join();
    expect(await ids({ match: { title: 'cafe' } })).toBe('1');
    expect(await ids({ match: { title: 'learn c++' } })).toBe('1');
    expect(await ids({ match: { title: 'DNS' } })).toBe('2,3');
    expect(await ids({ match_phrase: { title: 'domain name system runs' } })).toBe('3');
    expect(await ids({ match: { all: 'ete' } })).toBe('1');
    expect(await ids({ term: { tag: 'Été' } })).toBe('1');
    expect(await ids({ terms: { tag: ['NONE', 'B'] } })).toBe('2,3');
    expect(await ids({ term: { 'title.raw': 'dns running' } })).toBe('3');
    await expect(search({ term: { secret: 'x' } })).rejects.toThrow('cannot be searched');
    const [hit] = await search({ match: { title: 'café' } });
    expect(hit!.highlight).toEqual({ title: ['The <b><em>Cafés</em></b> of c++'] });
  });
});
