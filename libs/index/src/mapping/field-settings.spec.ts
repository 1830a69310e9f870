import type { SegmentBuilder } from '#libs/segment';
import { validateDefinition } from '../validate-definition.ts';
import { DocumentMapper } from './document-mapper.ts';

/** The values that a document gives each field, by the name of the field. */
function mapped(definition: unknown, document: unknown): Record<string, (string | number)[]> {
  const { fields = {}, settings = {} } = validateDefinition(definition);
  const analysis = settings.analysis && { analysis: settings.analysis };
  const mapper = new DocumentMapper({ fields, dynamic: false, maxFields: 100, ...analysis });
  const names: string[] = [];
  const found: Record<string, (string | number)[]> = {};
  const add = (field: number, value: string | number): void => void (found[names[field]!] ??= []).push(value);
  const builder = {
    field: (name: string) => names.push(name) - 1,
    startDocument: () => {},
    addText: add,
    addKeyword: add,
    addNumber: add,
    endDocument: () => {},
  } as unknown as SegmentBuilder;
  mapper.write(mapper.check(document, 'id'), new Uint8Array(0), builder);
  return found;
}

describe('settings of fields', () => {
  it.each<[name: string, fields: unknown, document: unknown, values: Record<string, (string | number)[]>]>([
    [
      'copies values, with the multi-fields of the target, but no further',
      {
        a: { type: 'text', copy_to: ['all'] },
        b: { type: 'long', copy_to: 'all' },
        all: { type: 'text', copy_to: 'more', fields: { raw: 'keyword' } },
        more: 'text',
      },
      { a: ['x', 'y'], b: 1, all: 'own' },
      { a: ['x', 'y'], b: [1], all: ['x', 'y', '1', 'own'], 'all.raw': ['x', 'y', '1', 'own'], more: ['own'] },
    ],
    [
      'takes null for the value it stands for',
      {
        k: { type: 'keyword', null_value: 'none' },
        n: { type: 'long', null_value: 7 },
        t: { type: 'text', fields: { k: { type: 'keyword', null_value: '-' } } },
      },
      { k: [null, 'x'], n: null, t: null },
      { k: ['none', 'x'], n: [7], 't.k': ['-'] },
    ],
    ['skips nulls', { k: 'keyword' }, { k: [null] }, {}],
    [
      'indexes nothing of a field that is not indexed',
      { k: { type: 'keyword', index: false }, n: { type: 'long', index: false } },
      { k: 'x', n: 1 },
      {},
    ],
    [
      'leaves out what does not fit, where told so',
      { n: { type: 'long', ignore_malformed: true }, d: { type: 'date', ignore_malformed: true } },
      { n: ['x', 3], d: ['never', '1970-01-01'] },
      { n: [3], d: [0] },
    ],
    ['cuts fractions', { n: { type: 'integer', coerce: true } }, { n: ['1.9', -1.9] }, { n: [1, -1] }],
    ['reads dates as told', { d: { type: 'date', format: 'dd.MM.yyyy' } }, { d: '02.01.1970' }, { d: [86_400_000] }],
    [
      'normalizes keywords',
      { k: { type: 'keyword', normalizer: 'lowercase' } },
      { k: 'Ab\ud800' },
      { k: ['ab\ufffd'] },
    ],
    [
      'nests',
      { o: { properties: { p: { properties: { n: 'byte' } } } } },
      { o: [{ p: { n: 1 } }, { 'p.n': 2 }] },
      { 'o.p.n': [1, 2] },
    ],
  ])('%s', (_name, properties, document, values) => {
    expect(mapped({ mappings: { properties } }, document)).toEqual(values);
  });

  it.each<[unknown, unknown, string]>([
    [{ n: { type: 'long', coerce: false } }, { n: '1' }, 'is long and takes a whole number, not "1"'],
    [{ n: { type: 'long', index: false } }, { n: 'x' }, 'is long and takes a whole number'],
    [{ d: { type: 'date', format: 'epoch_second' } }, { d: '2024-01-01' }, 'is date'],
  ])('refuses by %j the document %j', (fields, document, message) => {
    expect(() => mapped({ fields }, document)).toThrow(message);
  });
});
