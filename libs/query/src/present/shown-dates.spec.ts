import { matchAll, request } from '#libs/testing';
import { checkSearch } from '../execute/check-search.ts';
import type { SearchResult } from '../search-partial.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { finishSearch } from './finish-search.ts';

const schema = testSchema({ when: { type: 'date' }, size: { type: 'long' }, 'sub.tag': { type: 'keyword' } });
const day = (date: string): number => Date.parse(date);
const documents: TestDocument[] = [
  { id: 'a', values: { when: [day('2024-01-10T12:00:00Z')], size: [1] } },
  { id: 'b', values: { when: [day('2024-01-09'), day('2024-02-01')], size: [2] } },
  { id: 'c', values: { size: [3], 'sub.tag': ['t'] } },
];

async function hits(body: object): Promise<SearchResult['hits']> {
  const asked = parseSearchRequest(body);
  checkSearch(asked, schema, { now: 0 });
  const segment = await buildSegment('s', documents, schema);
  return finishSearch(await runSearch([segment], asked, schema), asked, schema, { version: 1, tookMs: 0 }).hits;
}

describe('dates in hits', () => {
  const sort = [{ when: { format: 'dd/MM/yyyy HH:mm' } }, { size: 'asc' }];

  it('are sort values in the format of the key, and searchAfter reads them so', async () => {
    const all = await hits({ sort });
    expect(all.map((hit) => hit.sort)).toEqual([
      ['09/01/2024 00:00', 2, 'b'],
      ['10/01/2024 12:00', 1, 'a'],
      [null, 3, 'c'],
    ]);
    expect(await hits({ sort, searchAfter: all[0]!.sort })).toEqual(all.slice(1));
    expect(await hits({ sort, searchAfter: all[1]!.sort })).toEqual(all.slice(2));
  });

  it('are fields in a format, whether they are asked for as fields or as docvalue_fields', async () => {
    for (const key of ['fields', 'docvalue_fields']) {
      const found = await hits({ [key]: [{ field: 'w*', format: 'yyyy-MM' }, 'sub.*'], stored_fields: '_none_' });
      expect(found.map(({ fields }) => fields)).toEqual([
        { when: ['2024-01'] },
        { when: ['2024-01', '2024-02'] },
        { 'sub.tag': ['t'] },
      ]);
      expect(found[0]).not.toHaveProperty('_source');
    }
  });

  it.each<[object, string]>([
    [{ sort: { size: { format: 'yyyy' } } }, 'field_type_mismatch'],
    [{ sort: { when: { format: 'QQQ' } } }, 'unsupported_format'],
    [{ fields: [{ field: 'size', format: 'yyyy' }] }, 'field_type_mismatch'],
    [{ fields: { field: 'when', format: '[yyyy]' } }, 'unsupported_format'],
    [{ fields: [{ field: 'when', include_unmapped: true }] }, 'unsupported_option'],
    [{ stored_fields: ['when'] }, 'unsupported_option'],
    [{ stored_fields: '_none_', _source: ['a'] }, 'bad_search_request'],
    [{ docvalue_fields: [5] }, 'bad_fields'],
  ])('%j is %s', async (body, code) => {
    await expect(hits(body)).rejects.toMatchObject({ kind: 'invalid', code });
  });

  it('are read from the source where no format is asked for', async () => {
    const segment = await buildSegment('s', documents, schema);
    const asked = request(matchAll(), { fields: ['when'], size: 1 });
    const { hits: page } = finishSearch(await runSearch([segment], asked, schema), asked, schema, {
      version: 1,
      tookMs: 0,
    });
    expect(page[0]!.fields).toEqual({ when: documents[0]!.values['when'] });
  });
});
