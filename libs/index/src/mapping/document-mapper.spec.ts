import fc from 'fast-check';
import { encodeUtf8, isQuarryError } from '#libs/kernel';
import type { SegmentBuilder } from '#libs/segment';
import { extendSchema } from '../extend-schema.ts';
import type { IndexSchema } from '../manifest.ts';
import { DocumentMapper } from './document-mapper.ts';
import { inferFields } from './infer-fields.ts';
import { validateFields } from './validate-fields.ts';

type Call = [method: string, ...details: unknown[]];

/** Notes what it is told; a field's number is its place among those it was told of. */
class RecordingBuilder implements SegmentBuilder {
  readonly docCount = 0;
  readonly heldBytes = 0;
  readonly names: string[] = [];
  readonly calls: Call[] = [];

  field(name: string): number {
    if (!this.names.includes(name)) this.names.push(name);
    return this.names.indexOf(name);
  }
  startDocument(id: string, source: Uint8Array): void {
    this.calls.push(['start', id, source.length]);
  }
  addText(field: number, text: string): void {
    this.calls.push(['text', this.names[field], text]);
  }
  addKeyword(field: number, value: string): void {
    this.calls.push(['keyword', this.names[field], value]);
  }
  addNumber(field: number, value: number): void {
    this.calls.push(['number', this.names[field], value]);
  }
  endDocument(): void {
    this.calls.push(['end']);
  }
  finish(): never {
    throw new Error('not in these tests');
  }
}

const schemaOf = (fields: unknown, settings: Partial<IndexSchema> = {}): IndexSchema => ({
  fields: validateFields(fields),
  dynamic: true,
  maxFields: 1000,
  ...settings,
});

function calls(schema: IndexSchema, document: unknown): Call[] {
  const mapper = new DocumentMapper(schema);
  const builder = new RecordingBuilder();
  mapper.write(mapper.check(document, 'given'), encodeUtf8(JSON.stringify(document)), builder);
  return builder.calls;
}
const values = (schema: IndexSchema, document: unknown): Call[] => calls(schema, document).slice(1, -1);

const SCHEMA = schemaOf({
  t: { type: 'text', fields: { raw: { type: 'keyword', ignoreAbove: 5 } } },
  k: 'keyword',
  l: 'long',
  x: 'double',
  b: 'boolean',
  d: 'date',
  o: { properties: { n: 'long', p: { properties: { k: 'keyword' } } } },
});

describe('DocumentMapper', () => {
  it('turns a document into the calls of a builder, in its order', () => {
    expect(
      calls(SCHEMA, {
        _id: 'a',
        t: ['one', 'two three'],
        l: 7,
        o: [{ n: 1, p: { k: 'x' } }, { n: 2 }],
        d: '1970-01-02',
      }),
    ).toEqual([
      ['start', 'a', expect.any(Number)],
      ['text', 't', 'one'],
      ['keyword', 't.raw', 'one'],
      ['text', 't', 'two three'],
      ['number', 'l', 7],
      ['number', 'o.n', 1],
      ['keyword', 'o.p.k', 'x'],
      ['number', 'o.n', 2],
      ['number', 'd', 86_400_000],
      ['end'],
    ]);
  });

  it.each<[field: string, value: unknown, expected: unknown[]]>([
    ['k', [1, 1.5, true, 'x', null, [['y']]], ['1', '1.5', 'true', 'x', 'y']],
    ['k', '\ud800', ['\ufffd']],
    ['k', 'x'.repeat(8192), []],
    ['t', 5, ['5', '5']],
    ['l', ['12', '-3', 1e3, '1e3', -0, 2 ** 53 - 1], [12, -3, 1000, 1000, 0, 2 ** 53 - 1]],
    ['x', ['1.5', 2, '.5', -0], [1.5, 2, 0.5, 0]],
    ['b', [true, false, 'true', 'false'], [1, 0, 1, 0]],
    ['d', ['1970', 5, '1970-01-01T01:00+01:00', 1.9, '100000'], [0, 5, 0, 1, 100_000]],
    ['l', [], []],
    ['l', null, []],
    ['o', [{}, { n: null }, []], []],
  ])('coerces in field %s: %j', (field, value, expected) => {
    expect(values(SCHEMA, { [field]: value }).map((call) => call[2])).toEqual(expected);
  });

  it('takes keys with dots for paths', () => {
    const mapper = new DocumentMapper(SCHEMA);
    for (const document of [{ 'o.p.k': 'x' }, { o: { 'p.k': 'x' } }, { 'o.p': { k: 'x' } }, { 'o.p.k': 'x' }]) {
      const builder = new RecordingBuilder();
      mapper.write(mapper.check(document, 'i'), new Uint8Array(), builder);
      expect(builder.calls[1]).toEqual(['keyword', 'o.p.k', 'x']);
    }
  });

  it.each<[code: string, document: unknown, message: RegExp]>([
    ['document_not_an_object', [1], /not an array/],
    ['document_not_an_object', null, /not null/],
    ['document_not_an_object', 'x', /not "x"/],
    ['bad_id', { _id: '' }, /_id "" is no id/],
    ['bad_id', { _id: null }, /_id null/],
    ['bad_id', { _id: { a: 1 } }, /_id \{a\}/],
    ['bad_id', { _id: 'a\udc00' }, /is no id/],
    ['id_too_long', { _id: 'é'.repeat(257) }, /514 bytes long, at most 512/],
    ['field_type_mismatch', { l: 'many' }, /field "l" is long and takes a whole number, not "many"/],
    ['field_type_mismatch', { l: 1.5 }, /define the field as double/],
    ['field_type_mismatch', { l: true }, /not true/],
    ['field_type_mismatch', { l: '' }, /not ""/],
    ['field_type_mismatch', { x: 'NaN' }, /takes a number, not "NaN"/],
    ['field_type_mismatch', { d: true }, /"d" is date/],
    ['field_type_mismatch', { k: { a: 1 } }, /"k" is keyword and takes a string, not \{a\}/],
    ['field_type_mismatch', { k: {} }, /not \{\}/],
    ['field_type_mismatch', { o: 5 }, /"o" is an object with fields of its own, not 5/],
    ['field_type_mismatch', { 'l.a': 1 }, /"l" is long/],
    ['field_type_mismatch', { 't.raw': 'x' }, /"t" is text/],
    ['number_out_of_range', { l: 2 ** 53 }, /9007199254740992 is beyond ±9007199254740991/],
    ['number_out_of_range', { l: '9007199254740993' }, /"9007199254740993" is beyond/],
    ['number_out_of_range', { x: JSON.parse('1e999') }, /Infinity is beyond/],
    ['bad_date', { d: '2024-02-30' }, /"2024-02-30" is none; write an ISO 8601 date/],
    ['bad_date', { d: 9e15 }, /9000000000000000/],
    ['bad_boolean', { b: 1 }, /1 is not true or false/],
    ['bad_boolean', { b: 'yes' }, /"yes"/],
    ['bad_field_name', { _rev: 1 }, /"_rev" begins with "_"/],
    ['bad_field_name', { '': 1 }, /"" is empty/],
    ['bad_field_name', { o: { '': 1 } }, /empty part/],
    ['bad_field_name', { new: { 'a..b': [1] } }, /"new.a..b" has an empty part/],
    ['unknown_field', { new: 1 }, /"new" is not in the schema yet/],
    ['field_type_mismatch', { l: 'x'.repeat(1000) }, /"x{100}…"/],
  ])('%s: %j', (code, document, message) => {
    expect(() => new DocumentMapper(SCHEMA).check(document, 'given')).toThrow(message);
    expect(() => new DocumentMapper(SCHEMA).check(document, 'given')).toThrow(
      expect.objectContaining({ kind: 'invalid', code }),
    );
  });

  it('takes the id of the document before that of the caller', () => {
    const mapper = new DocumentMapper(SCHEMA);
    expect(mapper.check({}, 'given').id).toBe('given');
    expect(mapper.check({ _id: 'own' }, 'given').id).toBe('own');
    expect(mapper.check({ _id: 0 }, 'given').id).toBe('0');
    expect(() => mapper.check({}, '')).toThrow(expect.objectContaining({ code: 'bad_id' }));
  });

  it('reads no further than twenty levels', () => {
    const nested = (levels: number, leaf: unknown): unknown => (levels === 0 ? leaf : { o: nested(levels - 1, leaf) });
    const name = Array.from({ length: 20 }, () => 'o').join('.');
    const deep = schemaOf({ [name]: 'long' });
    expect(values(deep, nested(20, 1))).toEqual([['number', name, 1]]);
    const mapper = new DocumentMapper(deep);
    const tooDeep = expect.objectContaining({ kind: 'invalid', code: 'document_too_deep' });
    expect(() => mapper.check({ new: nested(20, 1) }, 'i')).toThrow(tooDeep);
    const arrays = (count: number): unknown => JSON.parse(`{"${name}":${'['.repeat(count)}1${']'.repeat(count)}}`);
    expect(mapper.check(arrays(20), 'i').length).toBe(1);
    expect(() => mapper.check(arrays(10_000), 'i')).toThrow(tooDeep);
    const loose = new DocumentMapper({ ...deep, dynamic: false });
    expect(loose.check({ new: nested(5000, 1) }, 'i').length).toBe(0);
  });

  it('keeps what it does not know out of the index where the schema is not dynamic', () => {
    expect(values({ ...SCHEMA, dynamic: false }, { new: 1, _x: { '': 1 }, k: 'x', o: { m: [1] } })).toEqual([
      ['keyword', 'k', 'x'],
    ]);
  });

  it('says why a field was not added', () => {
    const strict = new DocumentMapper({ ...SCHEMA, dynamic: 'strict' });
    expect(() => strict.check({ o: { m: [[], { x: 1 }] } }, 'i')).toThrow(
      /"o\.m\.x" is not in the schema, and the schema is strict/,
    );
    expect(strict.check({ o: { m: [[], { x: null }] } }, 'i').length).toBe(0);
    const full = new DocumentMapper({ ...SCHEMA, maxFields: Object.keys(SCHEMA.fields).length + 1 });
    expect(() => full.check({ new: 'text needs two' }, 'i')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'too_many_fields' }),
    );
  });

  it('tells every builder of the fields it meets, and forgets a document that it refused', () => {
    const mapper = new DocumentMapper(SCHEMA);
    const [first, second] = [new RecordingBuilder(), new RecordingBuilder()];
    expect(() => mapper.check({ k: 'lost', l: 'x' }, 'i')).toThrow(/"l"/);
    mapper.write(mapper.check({ l: 1, k: 'a' }, 'i'), new Uint8Array(), first);
    mapper.write(mapper.check({ k: 'b' }, 'j'), new Uint8Array(), second);
    expect(first.names).toEqual(['l', 'k']);
    expect(second.calls).toEqual([['start', 'j', 0], ['keyword', 'k', 'b'], ['end']]);
  });
});

/** The code with which an action is refused. */
function refusal(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!isQuarryError(error)) throw error;
    return error.code;
  }
}

describe('a lenient DocumentMapper', () => {
  it('passes over what does not fit the schema that has grown since, and takes the rest', () => {
    const schema = schemaOf({
      n: { type: 'long' },
      day: { type: 'date' },
      o: { type: 'text' },
      'p.q': { type: 'long' },
    });
    const document = { n: [1, {}, 'x', 2], day: 'never', o: { r: {} }, 'o.s': [], p: 7, 'p.q': 3, new: 'field' };
    expect(() => new DocumentMapper(schema).check(document, 'i')).toThrow('field "n"');
    const builder = new RecordingBuilder();
    const mapper = new DocumentMapper(schema, { lenient: true });
    mapper.write(mapper.check(document, 'i'), encodeUtf8('{}'), builder);
    expect(builder.calls.slice(1, -1)).toEqual([
      ['number', 'n', 1],
      ['number', 'n', 2],
      ['number', 'p.q', 3],
    ]);
  });
});

describe('inferring and then checking', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c');
  const { document } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.constantFrom('2024-01-01', '2024-01-01T00:00Z', '7', '1.5', '2024'),
      ),
      fc.oneof(
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.constant(2 ** 53),
      ),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('document'),
    ),
    document: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  }));
  const empty: IndexSchema = { fields: {}, dynamic: true, maxFields: 1000 };

  it('refuses a document only where it contradicts itself or the batch', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (documents) => {
        const schema = extendSchema(empty, inferFields(empty, documents));
        expect(inferFields(schema, documents)).toEqual({});
        const mapper = new DocumentMapper(schema);
        const refused = documents.map((each) => refusal(() => mapper.check(each, 'i')));
        const allowed = new Set([undefined, 'field_type_mismatch', 'bad_boolean', 'bad_date']);
        expect(refused.filter((code) => !allowed.has(code))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('never refuses documents whose values are of one kind for each key', () => {
    const shaped = fc.record(
      {
        s: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 })),
        when: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.string(),
        ),
        n: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(2 ** 60)),
        b: fc.option(fc.boolean()),
        o: fc.oneof(
          fc.record({ n: fc.integer(), 'p.q': fc.string() }),
          fc.array(fc.record({ n: fc.double({ noNaN: true, noDefaultInfinity: true }) })),
        ),
        'o.p': fc.record({ q: fc.string() }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.array(shaped, { maxLength: 3 }), { maxLength: 3 }), (batches) => {
        let schema = empty;
        for (const batch of batches) {
          const added = inferFields(schema, batch);
          // `when` may have become a date in an earlier batch: from then on it must be one.
          const fits = batch.filter(
            (each) =>
              schema.fields['when']?.type !== 'date' ||
              !('when' in each) ||
              /^[-+\d]+-\d\d-\d\dT/.test(String(each.when)),
          );
          schema = extendSchema(schema, added);
          const mapper = new DocumentMapper(schema);
          for (const each of fits) expect(mapper.check(each, 'i').id).toBe('i');
        }
      }),
      { numRuns: 500 },
    );
  });
});
