import { validateAnalysis } from '#libs/analysis';
import { validateFields } from './validate-fields.ts';

describe('validateFields', () => {
  it('flattens objects and multi-fields to dotted names', () => {
    expect(
      validateFields({
        title: {
          type: 'text',
          analyzer: 'english',
          fields: { raw: 'keyword', sort: { type: 'keyword', ignore_above: 64 } },
        },
        tag: 'keyword',
        author: { properties: { name: { type: 'text' }, born: 'date' } },
        'geo.lat': { type: 'double' },
        geo: { type: 'object', properties: { lon: 'double' } },
        constructor: 'boolean',
      }),
    ).toEqual({
      title: { type: 'text', analyzer: 'english' },
      'title.raw': { type: 'keyword', source: 'title' },
      'title.sort': { type: 'keyword', ignoreAbove: 64, source: 'title' },
      tag: { type: 'keyword' },
      'author.name': { type: 'text' },
      'author.born': { type: 'date' },
      'geo.lat': { type: 'double' },
      'geo.lon': { type: 'double' },
      constructor: { type: 'boolean' },
    });
  });

  it('takes the settings of Elasticsearch, in both spellings', () => {
    const analysis = validateAnalysis({
      analyzer: { mine: { tokenizer: 'standard' } },
      normalizer: { plain: { filter: ['lowercase'] } },
    });
    const fields = {
      title: { type: 'text', analyzer: 'mine', search_analyzer: 'english', copy_to: ['all'] },
      all: { type: 'text', copyTo: [] },
      tag: { type: 'keyword', normalizer: 'plain', null_value: 'none', doc_values: true, store: false },
      n: { type: 'integer', coerce: true, ignore_malformed: true, null_value: 0 },
      when: { type: 'date', format: 'yyyy/MM/dd||epoch_second', null_value: '2024/01/01', index: false },
      price: { type: 'half_float', ignoreMalformed: false, index: true },
    };
    const specs = validateFields(fields, analysis);
    expect(specs).toEqual({
      title: { type: 'text', analyzer: 'mine', searchAnalyzer: 'english', copyTo: ['all'] },
      all: { type: 'text', copyTo: [] },
      tag: { type: 'keyword', normalizer: 'plain', nullValue: 'none' },
      n: { type: 'long', coerce: true, ignoreMalformed: true, nullValue: 0 },
      when: { type: 'date', format: 'yyyy/MM/dd||epoch_second', nullValue: '2024/01/01', index: false },
      price: { type: 'double' },
    });
    expect(validateFields(specs, analysis)).toEqual(specs);
  });

  it.each<[fields: unknown, message: string]>([
    [{ a: { type: 'text', copy_to: 'b' } }, 'is copied to "b", which is no other field'],
    [{ a: { type: 'text', copy_to: 'a' } }, 'is copied to "a", which is no other field'],
    [
      { a: { type: 'text', copy_to: 'b.raw' }, b: { type: 'text', fields: { raw: 'keyword' } } },
      'is copied to "b.raw"',
    ],
    [
      { a: { type: 'text', fields: { raw: { type: 'keyword', copy_to: 'b' } } }, b: 'text' },
      'is a multi-field and has "copyTo"',
    ],
    [{ a: { type: 'text', search_analyzer: 'nope' } }, 'there is no analyzer "nope"'],
    [{ a: { type: 'keyword', normalizer: 'lower' } }, 'did you mean "lowercase"?'],
    [{ a: { type: 'long', null_value: 'x' } }, 'field "a" is long and takes a whole number, not "x"'],
    [{ a: { type: 'text', null_value: 'x' } }, '"nullValue" is for keyword, long, double, boolean, date'],
    [{ a: { type: 'date', format: 'yyyy-QQ' } }, 'has the format "yyyy-QQ": give some of date_optional_time'],
    [{ a: { type: 'keyword', doc_values: false } }, 'has docValues false, which is not supported'],
    [{ a: { type: 'long', store: true } }, 'has store true, which is not supported'],
    [{ a: { type: 'long', index: 'no' } }, 'has index "no": give true or false'],
    [{ a: { type: 'ip' } }, 'did you mean "keyword"?'],
    [{ a: { type: 'text', similarity: 'BM25' } }, 'has a setting "similarity" that does not exist'],
  ])('refuses %j', (fields, message) => {
    expect(() => validateFields(fields)).toThrow(message);
  });

  it('takes what it gave', () => {
    const fields = validateFields({
      a: { type: 'text', dynamic: true, fields: { keyword: { type: 'keyword', ignoreAbove: 256 } } },
      n: 'long',
    });
    expect(validateFields(fields)).toEqual(fields);
  });

  it.each<[code: string, fields: unknown, message: RegExp]>([
    ['bad_field_spec', [], /fields must be an object/],
    ['bad_field_spec', { a: 1 }, /field "a" must be a type such as "keyword"/],
    ['bad_field_spec', { a: {} }, /"a" has no "type"/],
    ['bad_field_spec', { a: { type: 7 } }, /"a" has the type 7/],
    [
      'bad_field_spec',
      { a: { type: 'text', analyser: 'english' } },
      /"analyser" that does not exist; did you mean "analyzer"/,
    ],
    [
      'bad_field_spec',
      { a: { type: 'keyword', analyzer: 'english' } },
      /"a" is keyword; only a text field has "analyzer"/,
    ],
    ['bad_field_spec', { a: { type: 'text', ignoreAbove: 3 } }, /only a keyword field/],
    ['bad_field_spec', { a: { type: 'keyword', ignoreAbove: 0 } }, /ignoreAbove 0/],
    ['bad_field_spec', { a: 'long', 'a.b': 'long' }, /"a" cannot be a field and an object with "a.b"/],
    ['bad_field_spec', { 'a.b': 'long', a: { properties: { b: 'long' } } }, /"a.b" is defined twice/],
    ['bad_field_spec', { a: { type: 'text', properties: { b: 'long' } } }, /has "properties"/],
    [
      'bad_field_spec',
      { a: { type: 'text', fields: { b: { type: 'keyword', fields: { c: 'long' } } } } },
      /multi-field of "a"/,
    ],
    ['bad_field_spec', { a: { type: 'keyword', source: 'b' } }, /takes the values of "b", which is no field/],
    [
      'unknown_field_type',
      { a: 'unsigned_long' },
      /"unsigned_long", which does not exist; did you mean "long"\? known: text, keyword/,
    ],
    ['unknown_field_type', { a: { type: 'keywrod' } }, /did you mean "keyword"/],
    ['unknown_field_type', { a: 'constructor' }, /does not exist/],
    ['unknown_analyzer', { a: { type: 'text', analyzer: 'englisch' } }, /field "a": .*did you mean "english"/],
    ['bad_field_name', { '': 'long' }, /"" is empty/],
    ['bad_field_name', { a: { properties: { '': 'long' } } }, /is empty/],
    ['bad_field_name', { _id: 'keyword' }, /"_id" begins with "_"/],
    ['bad_field_name', { 'a..b': 'long' }, /empty part/],
    ['bad_field_name', { 'a.': 'long' }, /empty part/],
    ['bad_field_name', { ['é'.repeat(129)]: 'long' }, /258 bytes long, at most 256/],
    ['bad_field_name', { ['a'.repeat(250)]: { type: 'text', fields: { keyword: 'keyword' } } }, /258 bytes long/],
  ])('%s: %j', (code, fields, message) => {
    expect(() => validateFields(fields)).toThrow(message);
    expect(() => validateFields(fields)).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });

  it('refuses what nests without end', () => {
    let fields: unknown = { leaf: 'long' };
    for (let i = 0; i < 1000; i++) fields = { o: { properties: fields } };
    expect(() => validateFields(fields)).toThrow(/more than 20 levels|bytes long/);
  });
});
