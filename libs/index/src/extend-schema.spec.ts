import type { FieldSpec } from '#libs/segment';
import { extendSchema } from './extend-schema.ts';
import type { IndexSchema } from './manifest.ts';

const schema = (fields: Record<string, FieldSpec>, maxFields = 10): IndexSchema => ({
  fields,
  dynamic: true,
  maxFields,
});

describe('extendSchema', () => {
  it('answers the very schema when nothing is new', () => {
    const known = schema({ a: { type: 'text' }, n: { type: 'double' } });
    expect(extendSchema(known, { a: { type: 'text', analyzer: 'standard' } })).toBe(known);
    expect(extendSchema(known, { n: { type: 'long', dynamic: true } })).toBe(known);
  });

  it('adds fields, also those named like members of Object', () => {
    const inherited = JSON.parse('{"constructor":{"type":"long"},"toString":{"type":"text"}}') as Record<
      string,
      FieldSpec
    >;
    const extended = extendSchema(schema({}), inherited);
    expect(Object.keys(extended.fields)).toEqual(['constructor', 'toString']);
  });

  it('widens a dynamic long to double, and no other', () => {
    const dynamic = schema({ n: { type: 'long', dynamic: true } });
    expect(extendSchema(dynamic, { n: { type: 'double', dynamic: true } }).fields['n']).toEqual({
      type: 'double',
      dynamic: true,
    });
    expect(() => extendSchema(schema({ n: { type: 'long' } }), { n: { type: 'double', dynamic: true } })).toThrow(
      'field "n" has type long in this index, not double',
    );
    expect(() => extendSchema(schema({ n: { type: 'double' } }), { n: { type: 'long' } })).toThrow('type double');
  });

  it.each<[string, FieldSpec, FieldSpec]>([
    ['type', { type: 'text' }, { type: 'keyword' }],
    ['analyzer', { type: 'text' }, { type: 'text', analyzer: 'english' }],
    ['source', { type: 'keyword', source: 'a' }, { type: 'keyword' }],
    ['ignoreAbove', { type: 'keyword', ignoreAbove: 10 }, { type: 'keyword', ignoreAbove: 20 }],
  ])('refuses another %s', (what, present, wanted) => {
    expect(() => extendSchema(schema({ a: present }), { a: wanted })).toThrow(`field "a" has ${what}`);
  });

  it('refuses a field that is also an object, but not its multi-fields', () => {
    const known = schema({ a: { type: 'text' } });
    expect(() => extendSchema(known, { 'a.b.c': { type: 'text' } })).toThrow('"a" cannot be a field and');
    expect(() => extendSchema(schema({ 'a.b': { type: 'text' } }), { a: { type: 'text' } })).toThrow('"a.b"');
    expect(extendSchema(known, { 'a.raw': { type: 'keyword', source: 'a' } }).fields).toHaveProperty(['a.raw']);
  });

  it('refuses more fields than the index may have, and a name that would be lost', () => {
    expect(() =>
      extendSchema(schema({ a: { type: 'text' } }, 2), { b: { type: 'text' }, c: { type: 'text' } }),
    ).toThrow('would have 3 fields, its limit is 2');
    const proto = JSON.parse('{"__proto__":{"type":"text"}}') as Record<string, FieldSpec>;
    expect(() => extendSchema(schema({}), proto)).toThrow('__proto__');
  });
});
