import fc from 'fast-check';
import { compareCodePoints } from '#libs/kernel';
import { matchAll, randomDocuments, RANDOM_FIELDS, randomSuggest, request, term } from '#libs/testing';
import { finishSearch } from '../present/finish-search.ts';
import type { SearchResult } from '../search-partial.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { MAX_CANDIDATES, mergeSuggestPartials } from './suggest-partial.ts';
import { planSuggest } from './plan-suggest.ts';

const schema = testSchema(RANDOM_FIELDS);

/** Edits between two words, neighbours that change places being one: straight from the definition. */
function distanceOf(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  const rows = [Array.from({ length: y.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= x.length; i++) {
    const row = [i];
    for (let j = 1; j <= y.length; j++) {
      let least = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (x[i - 1] === y[j - 1] ? 0 : 1),
      );
      if (i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[x.length]![y.length]!;
}

function wordsOf(field: string, { values }: TestDocument): Set<string> {
  const spec = schema.field(field)!;
  const given = (values[spec.source ?? field] ?? []).map(String);
  return new Set(spec.type === 'text' ? given.flatMap((text) => text.split(' ').filter(Boolean)) : given);
}

const finish = async (documents: readonly TestDocument[], body: object): Promise<SearchResult['suggest']> => {
  const asked = parseSearchRequest({ size: 0, ...body });
  const segment = await buildSegment('s', documents, schema);
  return finishSearch(await runSearch([segment], asked, schema), asked, schema, { version: 1, tookMs: 0 }).suggest;
};

describe('suggestions', () => {
  it('are the words that come into question, by the options', async () => {
    await fc.assert(
      fc.asyncProperty(randomDocuments(15), randomSuggest, async (documents, suggest) => {
        const asked = request(matchAll(), { suggest, size: 0 });
        const segment = await buildSegment('s', documents, schema);
        const partial = await runSearch([segment], asked, schema);
        const result = finishSearch(partial, asked, schema, { version: 1, tookMs: 0 });
        for (const { name, suggester, tokens } of planSuggest(suggest, schema)) {
          const freqs = new Map<string, number>();
          for (const document of documents)
            for (const word of wordsOf(suggester.field, document)) freqs.set(word, (freqs.get(word) ?? 0) + 1);
          for (const [at, token] of tokens.entries()) {
            const { options } = result.suggest![name]![at]!;
            const all = [...freqs.keys()].toSorted(compareCodePoints);
            if (suggester.type === 'completion') {
              const expected = all
                .filter((word) => word.startsWith(token.term))
                .toSorted((a, b) => freqs.get(b)! - freqs.get(a)!);
              expect(options).toEqual(
                expected.slice(0, suggester.size).map((text) => ({ text, freq: freqs.get(text)! })),
              );
              continue;
            }
            const known = freqs.get(token.term) ?? 0;
            const { mode, maxEdits, prefixLength, minWordLength, minDocFreq, sort, size } = suggester;
            const expected = all
              .filter((word) => {
                const fixed = Array.from(token.term).slice(0, prefixLength).join('');
                if (Array.from(token.term).length < minWordLength || !word.startsWith(fixed)) return false;
                if (word === token.term || distanceOf(word, token.term) > maxEdits) return false;
                if (freqs.get(word)! < minDocFreq || (mode === 'missing' && known > 0)) return false;
                return mode !== 'popular' || freqs.get(word)! > known;
              })
              .map((text) => {
                const length = Math.min(Array.from(text).length, Array.from(token.term).length);
                return { text, score: Math.max(0, 1 - distanceOf(text, token.term) / length), freq: freqs.get(text)! };
              })
              .toSorted((a, b) =>
                sort === 'score' ? b.score - a.score || b.freq - a.freq : b.freq - a.freq || b.score - a.score,
              );
            expect(options).toEqual(expected.slice(0, size));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  const documents: TestDocument[] = [
    { id: 'a', values: { body: ['quick brown fox'], tag: ['Quartz'] } },
    { id: 'b', values: { body: ['quick quack'], tag: ['Quartz', 'Quark'] } },
  ];

  it("have Elasticsearch's shape", async () => {
    expect(
      await finish(documents, {
        query: { match_none: {} },
        suggest: {
          text: 'the qiuck foxx',
          body: { term: { field: 'body', prefix_length: 1 } },
          tags: { prefix: 'Qua', completion: { field: 'tag', size: 1 } },
        },
      }),
    ).toEqual({
      body: [
        { text: 'the', offset: 0, length: 3, options: [] },
        {
          text: 'qiuck',
          offset: 4,
          length: 5,
          options: [
            { text: 'quick', score: 0.8, freq: 2 },
            { text: 'quack', score: 0.6, freq: 1 },
          ],
        },
        { text: 'foxx', offset: 10, length: 4, options: [{ text: 'fox', score: 1 - 1 / 3, freq: 1 }] },
      ],
      tags: [{ text: 'Qua', offset: 0, length: 3, options: [{ text: 'Quartz', freq: 2 }] }],
    });
  });

  it('leave words alone that there are, unless told otherwise', async () => {
    const options = async (mode: string): Promise<unknown> =>
      (await finish(documents, { suggest: { s: { text: 'quack', term: { field: 'body', suggest_mode: mode } } } }))![
        's'
      ]![0]!.options.length;
    expect([await options('missing'), await options('popular'), await options('always')]).toEqual([0, 1, 1]);
  });

  it.each<[object, string, string]>([
    [{ s: { text: 'a', term: { field: 'nowhere' } } }, 'unknown_field', 'suggest.s.term: there is no field "nowhere"'],
    [{ s: { text: 'a', term: { field: 'size' } } }, 'field_type_mismatch', 'a long field'],
    [{ s: { text: 'a'.repeat(300), term: { field: 'body' } } }, 'too_complex_pattern', 'at most 256'],
    [{ s: { text: 'a', phrase: { field: 'body' } } }, 'unsupported_option', 'suggest.s.phrase: not supported'],
    [{ s: { text: 'a' } }, 'bad_suggest', 'either term or completion'],
    [{ s: { term: { field: 'body' } } }, 'bad_suggest', 'term needs a "text"'],
    [{ s: { prefix: '', completion: { field: 'tag' } } }, 'bad_suggest', 'at least one character'],
    [{ s: { prefix: 'a', completion: { field: 'tag', size: 0 } } }, 'bad_suggest', 'an integer from 1 to 1000, got 0'],
    [{ s: { text: 'a', term: { field: 'body', max_edits: 3 } } }, 'bad_suggest', 'an integer from 1 to 2, got 3'],
    [{ s: 5 }, 'bad_suggest', 'suggest.s: expected an object'],
    [{ text: 5 }, 'bad_suggest', 'suggest.text: expected a string'],
  ])('%j is %s', async (suggest, code, message) => {
    await expect(finish(documents, { suggest })).rejects.toMatchObject({
      kind: 'invalid',
      code,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('are refused when too many come into question, be it only together', () => {
    const list = (from: number): { term: string; freq: number; distance: number }[] =>
      Array.from({ length: MAX_CANDIDATES / 2 + 1 }, (_, at) => ({
        term: String(from + at).padStart(9, '0'),
        freq: 1,
        distance: 0,
      }));
    expect(() => mergeSuggestPartials({ s: [list(0)] }, { s: [list(1e6)] })).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'too_many_terms' }),
    );
    expect(mergeSuggestPartials({ s: [list(0)] }, { s: [list(0)] })!['s']![0]!.length).toBe(list(0).length);
  });

  it('do not hang on what the query finds', async () => {
    const asked = request(term('tag', 'nothing'), {
      suggest: parseSearchRequest({ suggest: { s: { prefix: 'q', completion: { field: 'body' } } } }).suggest!,
    });
    const segment = await buildSegment('s', documents, schema);
    expect((await runSearch([segment], asked, schema)).suggest!['s']![0]).toHaveLength(2);
  });
});
