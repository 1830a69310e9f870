import fc from 'fast-check';
import { looksLikeDate, parseDate } from './parse-date.ts';

const utc = Date.UTC;

describe('parseDate', () => {
  it.each<[string, number]>([
    ['1970', 0],
    ['2024-02', utc(2024, 1, 1)],
    ['2024-02-29', utc(2024, 1, 29)],
    ['2024-05-31T13:45', utc(2024, 4, 31, 13, 45)],
    ['2024-05-31T13:45:07Z', utc(2024, 4, 31, 13, 45, 7)],
    ['2024-05-31 13:45:07', utc(2024, 4, 31, 13, 45, 7)],
    ['2024-05-31T13:45:07.1', utc(2024, 4, 31, 13, 45, 7, 100)],
    ['2024-05-31T13:45:07,123456789+02:00', utc(2024, 4, 31, 11, 45, 7, 123)],
    ['2024-05-31T23:30-0530', utc(2024, 5, 1, 5, 0)],
    ['2024-05-31T13:45+02', utc(2024, 4, 31, 11, 45)],
    ['1969-12-31T23:59:59.999Z', -1],
    ['0000-01-01', -62_167_219_200_000],
    ['-0044-03-15', utc(-44, 2, 15)],
    ['+12345-06', utc(12_345, 5, 1)],
    ['1700000000000', 1_700_000_000_000],
    ['-12345', -12_345],
  ])('reads %s', (text, ms) => {
    expect(parseDate(text)).toBe(ms);
  });

  it.each([
    '',
    'x',
    ...'20|202|2024-|2024-1|2024-13|2024-00|2024-02-30|2023-02-29|1900-02-29|2024-05-32'.split('|'),
    ...'2024-05-31T|2024-05-31T1|2024-05-31T24:00|2024-05-31T13|2024-05-31T13:60|2024-05-31T13:45:60'.split('|'),
    ...'2024-05-31T13:45:07.|2024-05-31T13:45:07.1234567890|2024-05-31T13:45z|2024-05-31T13:45+2'.split('|'),
    ...'2024-05-31T13:45+24:00|2024-05-31T13:45+02:60|2024-05-31T13:45+02:0|2024-05-31Z'.split('|'),
    ...' 2024-05-31|2024-05-31 |2024/05/31|20240531T1345|12345678901234567|99999999999999999999'.split('|'),
    ...'+275760-09-14|-|+-2024|1e10|２０２４'.split('|'),
  ])('refuses %j', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  it('reads what Date writes', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(parseDate(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it('agrees with Date on what is a day', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(13), fc.nat(32), (year, month, day) => {
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(parseDate(text)).toBe(exists ? date.getTime() : undefined);
      }),
    );
  });

  it('takes only whole days for dates where nobody said so', () => {
    const texts = [
      '2024-05-31',
      '2024-05-31T10:00:00Z',
      '2024-05-31 10:00',
      '2024',
      '2024-05',
      '1700000000000',
      '2024-05-3x',
    ];
    expect(texts.filter(looksLikeDate)).toEqual(texts.slice(0, 3));
  });
});
