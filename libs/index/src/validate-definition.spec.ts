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

  it.each<[unknown, string]>([
    [[], 'the index definition is not valid'],
    ['text', 'the index definition is not valid'],
    [null, 'the index definition is not valid'],
    [{ mappings: {} }, 'mappings'],
    [{ settings: { dynamic: 'maybe' } }, '"settings.dynamic" of the index definition'],
    [{ settings: { maxFields: 0 } }, '"settings.maxFields" of the index definition'],
    [{ settings: { shards: 5 } }, 'shards'],
    [{ fields: { a: { type: 'txt' } } }, 'did you mean "text"?'],
  ])('refuses %j', (body, message) => {
    expect(() => validateDefinition(body)).toThrow(message);
  });
});
