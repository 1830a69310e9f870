import { stripVTControlCharacters } from 'node:util';
import { job } from '../cli-test-fixture.ts';
import { bodyField, fieldValue, oneLine, titleField } from './hit-title.ts';
import { hitsTable, markedText, MARK_END, MARK_START } from './hits-table.ts';
import { progressText } from './job-progress.ts';
import { formatDuration, plural } from './quantities.ts';
import { textWidth } from './text-width.ts';

describe('titleField', () => {
  it('takes a title-like field, else the first short text, else any', () => {
    expect(titleField({ text: 'x', Name: 'n', title: 't' })).toBe('title');
    expect(titleField({ definition: 'd'.repeat(200), words: ['a', 'b'] })).toBe('words');
    expect(titleField({ year: 1851, text: 'x'.repeat(200), tags: ['short', 'ones'] })).toBe('tags');
    expect(titleField({ flag: true, n: 1, long: 'x'.repeat(200) })).toBe('long');
    expect(titleField({ flag: true, n: 1 })).toBe('n');
    expect(titleField({ deep: { title: 'x' } })).toBeUndefined();
    expect(titleField(undefined)).toBeUndefined();
  });

  it('leaves the longest text for what the document says', () => {
    expect(
      bodyField({ title: 'a b c d e f g', lead: 'three short words', text: 'some more words than that' }, 'title'),
    ).toBe('text');
    expect(bodyField({ title: 't', language: 'en', n: 12345678901 }, 'title')).toBeUndefined();
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
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(width, 55));
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

  it('keeps columns where characters are wide', () => {
    const wide = [
      { _id: '文'.repeat(30), _score: 1, _source: { title: '検索'.repeat(50), text: 'one two three '.repeat(9) } },
      { _id: 'e\u0301', _score: 1, _source: { title: 'plain', text: '👍 up and up' } },
    ];
    const lines = stripVTControlCharacters(hitsTable({ hits: wide }, { fields: [], width: 80 })).split('\n');
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
    const at = (line: string, text: string): number => textWidth(line.slice(0, line.indexOf(text)));
    expect(at(lines[3]!, '検索')).toBe(at(lines[4]!, 'plain'));
    expect(at(lines[3]!, 'one')).toBe(at(lines[4]!, '👍'));
  });

  it('shows of ids what tells them apart', () => {
    const shown = (...ids: string[]): string[] =>
      stripVTControlCharacters(
        hitsTable({ hits: ids.map((_id) => ({ _id, _score: null, _source: {} })) }, { fields: ['x'], width: 80 }),
      )
        .split('\n')
        .slice(3);
    expect(shown('/home/me/documents/notes/one.md', '/home/me/documents/notes/deep/two.md')).toEqual([
      '…/one.md',
      '…/deep/two.md',
    ]);
    expect(shown('s3://a/b', 'short')).toEqual(['s3://a/b', 'short']);
    expect(shown(`${'a'.repeat(20)}-${'b'.repeat(20)}`)).toEqual(['aaaaaaaaaaaa…bbbbbbbbbbbbb']);
    expect(shown(`https://example.org/${'x'.repeat(30)}-the-end`)).toEqual([`…${'x'.repeat(17)}-the-end`]);
  });

  it('marks the title, and shows the text where only a title or a keyword matched', () => {
    const mark = (text: string): string => MARK_START + text + MARK_END;
    const marked = [
      {
        _id: '1',
        _score: 1,
        _source: { words: ['whale shark', 'whale'], definition: 'a large spotted shark', kind: 'noun' },
        highlight: { words: [mark('whale'), `${mark('whale')} shark`], kind: [mark('noun')] },
      },
    ];
    expect(markedText(marked[0]!, 'words')).toBe(`${mark('whale')} shark, ${mark('whale')}`);
    expect(stripVTControlCharacters(hitsTable({ hits: marked }, { fields: [], width: 80 }))).toBe(
      '1 hit\n\nscore  id  title               text\n1.00   1   whale shark, whale  noun … a large spotted shark',
    );
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
