import {
  bool,
  boolPrefix,
  fuzziness,
  fuzzy,
  match,
  phrase,
  phrasePrefix,
  prefix,
  range,
  regexp,
  term,
  wildcard,
} from '#libs/testing';
import { compileQuery } from '../compile/compile-query.ts';
import type { QueryNode } from '../query-node.ts';
import type { HighlightField } from '../search-request.ts';
import { testSchema } from '../testing/build-segments.ts';
import { Highlighter } from './highlight.ts';

const schema = testSchema({
  title: { type: 'text' },
  'title.keyword': { type: 'keyword', source: 'title' },
  body: { type: 'text' },
  'deep.text': { type: 'text' },
  n: { type: 'long' },
});

function highlight(source: unknown, query: QueryNode, options: Partial<HighlightField> = {}, field = '*'): unknown {
  const fields = { [field]: { preTag: '<', postTag: '>', fragmentSize: 40, numberOfFragments: 3, ...options } };
  return new Highlighter({ fields }, compileQuery(query, schema, { now: 0 }), schema).highlight(source);
}

describe('Highlighter', () => {
  it('marks the words of the field that was asked, and of no other', () => {
    const source = { title: 'red fox', body: 'a red red fox' };
    expect(highlight(source, match('title', 'fox'))).toEqual({ title: ['red <fox>'] });
    expect(highlight(source, bool({ must: [match('title', 'fox')], filter: [term('body', 'red')] }))).toEqual({
      title: ['red <fox>'],
      body: ['a <red> <red> fox'],
    });
    expect(highlight(source, bool({ must: [match('body', 'fox')], mustNot: [match('body', 'red')] }))).toEqual({
      body: ['a red red <fox>'],
    });
    expect(highlight(source, match('title', 'hen'))).toBeUndefined();
  });

  it('marks words of a phrase only where it stands', () => {
    const source = { body: 'fox red fox jumps red x fox' };
    expect(highlight(source, phrase('body', 'red fox'))).toEqual({ body: ['fox <red> <fox> jumps red x fox'] });
    expect(highlight(source, phrase('body', 'red fox', 1))).toEqual({ body: ['fox <red> <fox> jumps <red> x <fox>'] });
  });

  it('marks prefixes, ranges of terms, and keywords as a whole', () => {
    const source = { title: 'red fox', body: 'fox foxes ox' };
    expect(highlight(source, prefix('body', 'fox'))).toEqual({ body: ['<fox> <foxes> ox'] });
    expect(highlight(source, range('body', { gte: 'foxes', lt: 'p' }))).toEqual({ body: ['fox <foxes> <ox>'] });
    expect(highlight(source, term('title.keyword', 'red fox'))).toEqual({ 'title.keyword': ['<red fox>'] });
    expect(highlight(source, term('n', 1))).toBeUndefined();
  });

  it('marks what wildcards, regexps, fuzzy words and words in any case match', () => {
    const body = 'fox foxes box Fix f';
    expect(highlight({ body }, wildcard('body', 'f?x*'))).toEqual({ body: ['<fox> <foxes> box Fix f'] });
    expect(highlight({ body }, regexp('body', 'f?[ob]+x'))).toEqual({ body: ['<fox> foxes <box> Fix f'] });
    expect(highlight({ body }, fuzzy('body', 'fox'))).toEqual({ body: ['<fox> foxes <box> Fix f'] });
    expect(highlight({ body }, match('body', 'fex', { fuzzy: fuzziness() }))).toEqual({
      body: ['<fox> foxes box Fix f'],
    });
    expect(highlight({ body }, wildcard('body', 'f*X', { caseInsensitive: true }))).toEqual({
      body: ['<fox> foxes box <Fix> f'],
    });
    expect(highlight({ body }, boolPrefix('body', 'box fo'))).toEqual({ body: ['<fox> <foxes> <box> Fix f'] });
    expect(highlight({ title: 'red fox' }, wildcard('title.keyword', 'red*x'))).toEqual({
      'title.keyword': ['<red fox>'],
    });
  });

  it('marks begun phrases where they stand', () => {
    const source = { body: 'fox red fox foxes red x foxes' };
    expect(highlight(source, phrasePrefix('body', 'red fo'))).toEqual({ body: ['fox <red> <fox> foxes red x foxes'] });
    expect(highlight(source, phrasePrefix('body', 'red fo', 50, 1))).toEqual({
      body: ['fox <red> <fox> <foxes> <red> x <foxes>'],
    });
    expect(highlight(source, phrasePrefix('body', 'foxe'))).toEqual({ body: ['fox red fox <foxes> red x <foxes>'] });
  });

  it('lets no word stand for two of a phrase', () => {
    expect(highlight({ body: 'a b a' }, phrase('body', 'a a', 0))).toBeUndefined();
    expect(highlight({ body: 'a x' }, phrase('body', 'a a', 1))).toBeUndefined();
    expect(highlight({ body: 'a a' }, phrase('body', 'a a', 1))).toEqual({ body: ['<a> <a>'] });
  });

  it('cuts fragments at words, best first, and leaves the rest out', () => {
    const filler = Array.from({ length: 40 }, (_, at) => `w${at}`).join(' ');
    const source = { body: `${filler} fox ${filler} red fox ${filler} fox` };
    const found = highlight(source, match('body', 'red fox'), { fragmentSize: 30, numberOfFragments: 2 }) as {
      body: string[];
    };
    expect(found.body).toHaveLength(2);
    expect(found.body[0]).toContain('<red> <fox>');
    for (const fragment of found.body) {
      expect(fragment.replaceAll(/[<>]/g, '').length).toBeLessThanOrEqual(30);
      expect(source.body).toContain(fragment.replaceAll(/[<>]/g, ''));
      expect(fragment.split(' ').every((word) => /^<?(?:w\d+|red|fox)>?$/.test(word))).toBe(true);
    }
  });

  it('never cuts a character, and leaves markup as it is', () => {
    const text = `${'\u{1f600}'.repeat(50)} <b>fox ${'\u{1f600}'.repeat(50)}`;
    const found = highlight({ body: text }, match('body', '<b>fox'), { fragmentSize: 21 }) as { body: string[] };
    expect(found.body).toEqual(['<<b>fox>']);
    const inWord = highlight({ body: 'x\u{1f600}'.repeat(30) }, prefix('body', 'x'), { fragmentSize: 5 }) as {
      body: string[];
    };
    expect(inWord.body[0]!.isWellFormed()).toBe(true);
  });

  it('gives whole values when no fragments are asked, all of several values', () => {
    expect(
      highlight({ deep: [{ text: 'a fox' }, { text: 'a hen' }] }, match('deep.text', 'fox'), { numberOfFragments: 0 }),
    ).toEqual({
      'deep.text': ['a <fox>', 'a hen'],
    });
    expect(
      highlight({ body: ['fox one', 'two', 'fox three'] }, match('body', 'fox'), { numberOfFragments: 5 }),
    ).toEqual({
      body: ['<fox> one', '<fox> three'],
    });
  });
});
