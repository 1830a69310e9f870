import type { IndexSchema } from '../manifest.ts';
import { inferFields } from './infer-fields.ts';

const schema = (fields: IndexSchema['fields'] = {}, settings: Partial<IndexSchema> = {}): IndexSchema => ({
  fields,
  dynamic: true,
  maxFields: 1000,
  ...settings,
});
const infer = (...documents: unknown[]): ReturnType<typeof inferFields> => inferFields(schema(), documents);

const text = (name: string): IndexSchema['fields'] => ({
  [name]: { type: 'text', dynamic: true },
  [`${name}.keyword`]: { type: 'keyword', ignoreAbove: 256, source: name, dynamic: true },
});
const dynamic = (type: 'long' | 'double' | 'boolean' | 'date'): { type: string; dynamic: true } => ({
  type,
  dynamic: true,
});

describe('inferFields', () => {
  it('finds a type for every kind of value', () => {
    expect(
      infer({ s: 'x', d: '2024-05-31', t: '2024-05-31T10:00:00Z', n: 1, x: 1.5, big: 2 ** 60, b: false, y: '2024' }),
    ).toEqual({
      ...text('s'),
      d: dynamic('date'),
      t: dynamic('date'),
      n: dynamic('long'),
      x: dynamic('double'),
      big: dynamic('double'),
      b: dynamic('boolean'),
      ...text('y'),
    });
  });

  it('flattens objects, arrays and dotted keys', () => {
    expect(
      infer({ a: { b: { c: 1 } }, l: [null, [2, 3]], o: [{ p: 1 }, { q: true }], 'x.y': 1, z: { 'u.v': 1 } }),
    ).toEqual({
      'a.b.c': dynamic('long'),
      l: dynamic('long'),
      'o.p': dynamic('long'),
      'o.q': dynamic('boolean'),
      'x.y': dynamic('long'),
      'z.u.v': dynamic('long'),
    });
  });

  it('adds nothing for what has no value', () => {
    expect(infer({ a: null, b: [], c: [null, []], d: {}, e: { f: null }, _id: 'x' }, null, 3, 'x', [{ a: 1 }])).toEqual(
      {},
    );
  });

  it('lets one fraction make a field double, and one word make a date text', () => {
    expect(infer({ n: 1, m: [1, 2.5] }, { n: 0.5 })).toEqual({ n: dynamic('double'), m: dynamic('double') });
    expect(infer({ d: '2024-05-31' }, { d: 'soon' })).toEqual(text('d'));
  });

  it('lets the first value decide between kinds', () => {
    expect(infer({ a: 1 }, { a: 'x' }, { a: { b: 1 } })).toEqual({ a: dynamic('long') });
    expect(infer({ a: { b: 1 } }, { a: 'x', 'a.b': 2 })).toEqual({ 'a.b': dynamic('long') });
  });

  it('answers only what the schema lacks', () => {
    const known = schema({ a: { type: 'keyword' }, 'o.n': { type: 'long' }, ...text('t') });
    expect(inferFields(known, [{ a: 'x', o: { n: 1.5, m: 1 }, t: 'x', 'o.n': 2 }])).toEqual({ 'o.m': dynamic('long') });
    expect(inferFields(known, [{ a: { b: 1 }, o: 'x', 'a.b': 1, t: { keyword: 'x' } }])).toEqual({});
  });

  it('widens a long of its own making to double, and no other', () => {
    const known = schema({ mine: { type: 'long', dynamic: true }, given: { type: 'long' } });
    expect(inferFields(known, [{ mine: 1, given: 1 }])).toEqual({});
    expect(inferFields(known, [{ mine: [1, 1.5], given: 1.5 }])).toEqual({ mine: dynamic('double') });
    expect(inferFields(known, [{ mine: '1.5' }])).toEqual({ mine: dynamic('double') });
    expect(inferFields({ ...known, maxFields: 2 }, [{ mine: 1.5 }])).toEqual({ mine: dynamic('double') });
  });

  it('adds no field whose name may not be one', () => {
    expect(infer({ '': 1, _x: 1, 'a..b': 1, '.a': 1, ['n'.repeat(257)]: 1, a: { '': 1, ok: 1 } })).toEqual({
      'a.ok': dynamic('long'),
    });
    expect(infer(JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}'))).toEqual({ constructor: dynamic('long') });
    const long = 'n'.repeat(250);
    expect(infer({ [long]: 'x' })).toEqual({ [long]: { type: 'text', dynamic: true } });
  });

  it('stops at the depth that the mapper refuses', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { o: nested(levels - 1) });
    expect(Object.keys(infer(nested(20)))).toEqual([Array.from({ length: 20 }, () => 'o').join('.')]);
    expect(infer(nested(21))).toEqual({});
    expect(infer(JSON.parse(`{"a":${'['.repeat(5000)}1${']'.repeat(5000)}}`))).toEqual({});
  });

  it('adds nothing where the schema is not dynamic, refuses where it is strict or full', () => {
    expect(inferFields(schema({}, { dynamic: false }), [{ a: 1 }])).toEqual({});
    const strict = schema({ a: { type: 'long' } }, { dynamic: 'strict' });
    expect(inferFields(strict, [{ a: 1, b: null }])).toEqual({});
    expect(() => inferFields(strict, [{ b: { c: 1 } }])).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'unknown_field' }),
    );
    const small = schema({ a: { type: 'long' } }, { maxFields: 3 });
    expect(Object.keys(inferFields(small, [{ t: 'x' }]))).toHaveLength(2);
    expect(() => inferFields(small, [{ t: 'x', u: 1 }])).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'too_many_fields' }),
    );
  });
});
