import { asQuarryError, invalid, QuarryError } from './errors.ts';

const long = 'x'.repeat(1_000_000);

describe('QuarryError', () => {
  it('leaves messages as they are that say what is wrong', () => {
    const message = `sort: there is no field "${'x'.repeat(1_500)}"; see the schema`;
    expect(new QuarryError('invalid', message).message).toBe(message);
  });

  it('keeps the beginning and the end of a message that repeats a megabyte', () => {
    const { message, details } = invalid('unknown_field', `sort: there is no field "${long}"; see the schema`, {
      field: long,
      limit: 7,
    });
    expect(message).toHaveLength(2_000);
    expect(message).toMatch(/^sort: there is no field "x+…x+"; see the schema$/);
    expect(details).toEqual({ field: expect.stringMatching(/^x+…x+$/) as unknown, limit: 7 });
    expect(details.field).toHaveLength(2_000);
  });

  it('does so for errors of others, too', () => {
    expect(asQuarryError(new RangeError(long))).toMatchObject({
      kind: 'internal',
      message: expect.stringMatching(/^x{1499}…x{500}$/) as unknown,
    });
  });
});
