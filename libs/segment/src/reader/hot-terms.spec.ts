import { BlockPostings } from '../postings/block-postings.ts';
import { PostingsData } from '../postings/postings-data.ts';
import type { TermInfo } from '../segment-reader.ts';
import { limitHotUnits } from './hot-memory.ts';
import { HotIds } from './hot-ids.ts';
import { HotTerms } from './hot-terms.ts';

const MIB = 2 ** 20;
/** One document: number 3. */
const BODY = Uint8Array.of(1, 3);
const shape = { docFreq: 1, totalTermFreq: 1, hasFreqs: true, docCount: 10 };
const postings = (): BlockPostings => new BlockPostings(new PostingsData(BODY, shape), undefined);
const info = (term: string): TermInfo => ({
  field: 'body',
  term,
  ordinal: 0,
  docFreq: 1,
  location: { totalTermFreq: 1, postings: BODY, positions: undefined },
});

describe('HotTerms', () => {
  afterEach(() => limitHotUnits(64 * MIB));

  it('keeps a term from the second time on, with its postings once they are parsed', () => {
    const terms = new HotTerms();
    terms.note(info('a'));
    expect(terms.get('body', 'a')).toBeUndefined();
    terms.note(info('a'));
    const hot = terms.get('body', 'a')!;
    expect(hot.value).toMatchObject({ field: 'body', term: 'a', docFreq: 1 });
    expect(terms.get('title', 'a')).toBeUndefined();
    expect(hot.postings(false)).toBeUndefined();
    const parsed = postings();
    hot.keep(parsed, 100);
    expect(hot.postings(false)).toBe(parsed);
    // These have no positions.
    expect(hot.postings(true)).toBeUndefined();
  });

  it('does not hold the block that a term was found in', () => {
    const terms = new HotTerms();
    for (let time = 0; time < 2; time++) terms.note(info('a'));
    const { location } = terms.get('body', 'a')!.value as { location: { postings: Uint8Array } };
    expect(location.postings).toEqual(BODY);
    expect(location.postings.buffer).not.toBe(BODY.buffer);
  });

  it('gives up terms and what they hold when others come, within one bound', () => {
    limitHotUnits(MIB);
    const terms = new HotTerms();
    const kept = (term: string): boolean => terms.get('body', term)?.postings(false) !== undefined;
    const add = (term: string, bytes: number): void => {
      for (let time = 0; time < 2; time++) terms.note(info(term));
      terms.get('body', term)!.keep(postings(), bytes);
    };
    add('a', MIB / 4);
    const first = terms.get('body', 'a')!;
    for (const term of ['b', 'c', 'd']) add(term, MIB / 4);
    expect(['a', 'b', 'c', 'd'].map(kept)).toEqual([false, true, true, true]);
    // Whoever still has it does not keep its postings alive, nor bring it back.
    expect(first.postings(false)).toBeUndefined();
    first.keep(postings(), 10);
    expect(first.postings(false)).toBeUndefined();
    // What would take half of everything is not kept.
    add('e', MIB);
    expect(terms.get('body', 'e')).toBeUndefined();
  });
});

describe('HotIds', () => {
  afterEach(() => limitHotUnits(64 * MIB));

  it('answers when it knows all, in the order asked', () => {
    const ids = new HotIds();
    ids.put([3, 1], ['c', 'a']);
    expect(ids.get([1, 3, 1])).toEqual(['a', 'c', 'a']);
    expect(ids.get([1, 2])).toBeUndefined();
    expect(ids.get([])).toEqual([]);
  });

  it('forgets rather than grow without end', () => {
    const ids = new HotIds();
    for (let doc = 0; doc < 20_000; doc++) ids.put([doc], [String(doc)]);
    expect(ids.get([19_999])).toEqual(['19999']);
    expect(ids.get([0])).toBeUndefined();
    expect(ids.bytes).toBeLessThanOrEqual(500_000);
    limitHotUnits(1000);
    expect(ids.get([19_999])).toBeUndefined();
    ids.put([5], ['five']);
    expect(ids.get([5])).toBeUndefined();
  });
});
