import { stripVTControlCharacters } from 'node:util';
import { job } from '../cli-test-fixture.ts';
import { fieldValue, hitTitle, oneLine } from './hit-title.ts';
import { hitsTable, markedText, MARK_END, MARK_START } from './hits-table.ts';
import { progressText } from './job-progress.ts';
import { formatDuration, plural } from './quantities.ts';

describe('hitTitle', () => {
  it('takes a title-like field, else the first text', () => {
    expect(hitTitle({ text: 'x', Name: 'n', title: 't' })).toBe('t');
    expect(hitTitle({ flag: true, words: ['a', 'b'], n: 1 })).toBe('a, b');
    expect(hitTitle({ deep: { title: 'x' } })).toBe('');
    expect(hitTitle(undefined)).toBe('');
  });

  it('lets no document move the cursor', () => {
    expect(oneLine(' a\u001B[2J\n\tb\u0007 ')).toBe('a [2J b');
  });

  it('reads dotted fields', () => {
    expect(fieldValue({ a: { b: 1 } }, 'a.b')).toBe(1);
    expect(fieldValue({ 'a.b': 2, a: { b: 1 } }, 'a.b')).toBe(2);
    expect(fieldValue({ a: null }, 'a.b.c')).toBeUndefined();
  });
});

describe('hitsTable', () => {
  const long = `${'x'.repeat(200)} ${MARK_START}word${MARK_END}`;
  const hits = [
    { _id: 'a'.repeat(60), _score: 1, _source: { title: long }, highlight: { title: [long] } },
    { _id: 'b', _score: null, _source: { title: 'short' } },
  ];

  it.each([40, 80, 200])('fits into %i columns', (width) => {
    const text = stripVTControlCharacters(hitsTable({ hits }, { fields: [], width }));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(width, 60));
    expect(text).toContain('…');
    expect(text).not.toMatch(/[\uE000\uE001]/);
  });

  it('marks what matched inside a column', () => {
    const hit = {
      _id: 'a',
      _score: 1,
      _source: { text: 'before the word after' },
      highlight: { text: [`the ${MARK_START}word${MARK_END}`] },
    };
    const cut = stripVTControlCharacters(hitsTable({ hits: [hit] }, { fields: ['text'], width: 80 }));
    expect(cut).toContain('before the word after');
    expect(markedText(hit, 'text')).toBe(`before the ${MARK_START}word${MARK_END} after`);
  });

  it('says nothing of scores when sorted by a field, and nothing but a number when nothing matched', () => {
    expect(stripVTControlCharacters(hitsTable({ hits: [hits[1]!] }, { fields: [], width: 80 }))).toBe(
      '1 hit\n\nid  title\nb   short',
    );
    expect(
      stripVTControlCharacters(
        hitsTable({ hits: [], total: { value: 0, relation: 'eq' }, took: 1 }, { fields: [], width: 80 }),
      ),
    ).toBe('0 hits · 1 ms');
  });
});

describe('quantities', () => {
  it('reads well at every size', () => {
    expect([0, 999, 1000, 9949, 10_000, 59_400, 61_000, 3_600_000].map(formatDuration)).toEqual([
      '0 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1m 1s',
      '1h 0m',
    ]);
    expect([plural(1, 'document'), plural(1000, 'document')]).toEqual(['1 document', '1,000 documents']);
  });

  it('tells progress by bytes, else by tasks, else by state', () => {
    const none = { doneBytes: 0, totalBytes: 0, documents: 0 };
    expect(progressText(job('J', 'running'))).toBe('25%  1.0 KiB of 4.0 KiB  1,500 documents');
    expect(progressText(job('J', 'running', { work: none, progress: { total: 4, done: 2, failed: 1 } }))).toBe(
      '2 of 4 tasks  1 task failed',
    );
    expect(progressText(job('J', 'queued', { work: none, progress: { total: 0, done: 0, failed: 0 } }))).toBe('queued');
  });
});
