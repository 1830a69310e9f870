import { validateDefinition } from './validate-definition.ts';

describe('validateDefinition', () => {
  it('takes nothing at all, fields as people write them, and settings', () => {
    expect(validateDefinition({})).toEqual({ settings: {} });
    expect(
      validateDefinition({
        fields: { title: { type: 'text', analyzer: 'english' }, tag: 'keyword' },
        settings: { dynamic: 'strict', maxFields: 3 },
      }),
    ).toEqual({
      fields: { title: { type: 'text', analyzer: 'english' }, tag: { type: 'keyword' } },
      settings: { dynamic: 'strict', maxFields: 3 },
    });
  });

  it("takes Elasticsearch's mappings, and analyzers of its own", () => {
    const analysis = { analyzer: { mine: { type: 'custom', tokenizer: 'standard', filter: ['lowercase'] } } };
    expect(
      validateDefinition({
        settings: { analysis },
        mappings: { dynamic: 'false', properties: { title: { type: 'text', analyzer: 'mine' } } },
      }),
    ).toEqual({ fields: { title: { type: 'text', analyzer: 'mine' } }, settings: { dynamic: false, analysis } });
  });

  it.each([
    ['in an object', { index: { analysis: { normalizer: {} }, number_of_shards: 3, refresh_interval: '1s' } }],
    ['with a prefix', { 'index.analysis': { normalizer: {} }, 'index.number_of_replicas': '0', refresh_interval: -1 }],
    ['as they are', { analysis: { normalizer: {} }, number_of_shards: '1', number_of_replicas: 2 }],
  ])("takes Elasticsearch's settings %s, and leaves out what means nothing here", (_, settings) => {
    expect(validateDefinition({ settings })).toEqual({ settings: { analysis: { normalizer: {} } } });
  });

  it.each<[unknown, string]>([
    [{ settings: { index: { shards: 5 } } }, 'Unrecognized key: "shards"'],
    [{ settings: { 'index.codec': 'best_compression' } }, 'Unrecognized key: "codec"'],
    [
      { settings: { number_of_shards: 'many' } },
      '"settings.number_of_shards" of the index definition is not a number from 1',
    ],
    [
      { settings: { index: { number_of_replicas: -1 } } },
      '"settings.number_of_replicas" of the index definition is not a number from 0',
    ],
    [{ settings: { index: 5 } }, 'Unrecognized key: "index"'],
    [
      { settings: { dynamic: true, index: { dynamic: true } } },
      '"settings.dynamic" of the index definition is given twice',
    ],
    [JSON.parse('{"settings": {"index": {"__proto__": {"dynamic": true}}}}'), 'Unrecognized key: "__proto__"'],
  ])("refuses of Elasticsearch's settings %j", (body, message) => {
    expect(() => validateDefinition(body)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [[], 'the index definition is not valid'],
    ['text', 'the index definition is not valid'],
    [null, 'the index definition is not valid'],
    [
      { fields: {}, mappings: { properties: {} } },
      '"fields" of the index definition says the same as "mappings.properties"',
    ],
    [
      { mappings: { dynamic: true }, settings: { dynamic: true } },
      '"settings.dynamic" of the index definition says the same',
    ],
    [{ mappings: { dynamic_templates: [] } }, 'dynamic_templates'],
    [{ settings: { analysis: { analyzer: { a: {} } } } }, 'settings.analysis.analyzer.a.tokenizer is missing'],
    [{ mappings: { properties: { a: { type: 'text', analyzer: 'b' } } } }, 'there is no analyzer "b"'],
    [{ settings: { dynamic: 'maybe' } }, '"settings.dynamic" of the index definition'],
    [{ settings: { maxFields: 0 } }, '"settings.maxFields" of the index definition'],
    [{ settings: { shards: 5 } }, 'shards'],
    [{ fields: { a: { type: 'txt' } } }, 'did you mean "text"?'],
  ])('refuses %j', (body, message) => {
    expect(() => validateDefinition(body)).toThrow(message);
  });

  it('refuses many strange keys in few words', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`strange${i}`, i]));
    expect(() => validateDefinition(body)).toThrow(/^.{1,400}$/);
  });
});
