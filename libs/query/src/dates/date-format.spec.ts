import fc from 'fast-check';
import { dateFormat } from './date-format.ts';
import { parseDateMs } from './date-math.ts';
import { timeZone } from './time-zone.ts';

const moment = Date.UTC(2024, 2, 5, 7, 8, 9, 45);
const berlin = timeZone('Europe/Berlin');

describe('dateFormat', () => {
  it.each([
    ['yyyy-MM-dd', '2024-03-05'],
    ["dd.MM.uuuu 'at' HH:mm:ss.SSS", '05.03.2024 at 08:08:09.045'],
    ['d/M/yy H:m:s', '5/3/24 8:8:9'],
    ["yyyy-MM-dd'T'HH:mmXXX", '2024-03-05T08:08+01:00'],
    ['HH X', '08 +01'],
    ['HH Z', '08 +0100'],
    ["''yyyy''", "'2024'"],
    ['HH:mm:ss.SSSSSS', '08:08:09.045000'],
    ['S', '0'],
    ['epoch_second', '1709622489'],
    ['epoch_millis||yyyy', '1709622489045'],
    ['strict_date_time', '2024-03-05T08:08:09.045+01:00'],
    ['strict_date_optional_time', '2024-03-05T08:08:09.045+01:00'],
  ])('%s', (pattern, text) => {
    expect(dateFormat(pattern, 'x').print(moment, berlin)).toBe(text);
  });

  it('reads what it writes', () => {
    const formats = [
      "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      'epoch_millis',
      'strict_date_optional_time',
      'SSS ss mm HH dd MM yyyy Z',
    ];
    const days = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(days, fc.constantFrom(...formats), fc.constantFrom(undefined, berlin), (ms, pattern, zone) => {
        const format = dateFormat(pattern, 'x');
        expect(format.parse(format.print(ms, zone)!, zone)).toBe(ms);
      }),
    );
  });

  it('reads in a zone, and several formats in turn', () => {
    expect(dateFormat('yyyy', 'x').parse('2024', berlin)).toBe(Date.UTC(2023, 11, 31, 23));
    expect(dateFormat('dd/MM/yyyy||epoch_millis', 'x').parse('86400000')).toBe(86_400_000);
    expect(dateFormat('ss.SSSSSSSSS', 'x').parse('01.123456789')).toBe(1123);
    expect(dateFormat('dd/MM/yyyy', 'x').parse('30/02/2024')).toBeUndefined();
    expect(dateFormat('yyyy.MM', 'x').parse('2024-03')).toBeUndefined();
  });

  it('rounds what a day leaves open up to its end', () => {
    const up = (pattern: string, text: string): number | undefined =>
      dateFormat(pattern, 'x').parse(text, undefined, true);
    expect(up('dd/MM/yyyy', '05/03/2024')).toBe(Date.UTC(2024, 2, 5, 23, 59, 59, 999));
    expect(up('yyyy-MM-dd HH:mm', '2024-03-05 07:08')).toBe(Date.UTC(2024, 2, 5, 7, 8, 59, 999));
    expect(up('strict_date_optional_time||yyyy', '2024-03-05')).toBe(Date.UTC(2024, 2, 5, 23, 59, 59, 999));
    expect(up('epoch_second', '5')).toBe(5000);
  });

  it.each(['EEE', 'MMM', 'yyyyy', "yyyy'", '[yyyy]', 'nonsense'])('%s is refused', (pattern) => {
    expect(() => dateFormat(pattern, 'aggs.x')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'unsupported_format' }),
    );
  });
});

describe('parseDateMs in a zone', () => {
  it('takes dates and rounding by the wall clock', () => {
    const reading = { zone: berlin };
    expect(parseDateMs('2024-03-31', 0, false, reading)).toBe(Date.UTC(2024, 2, 30, 23));
    expect(parseDateMs('2024-03-31||+1d', 0, false, reading)).toBe(Date.UTC(2024, 2, 31, 22));
    expect(parseDateMs('now/d', Date.UTC(2024, 6, 1, 23), false, reading)).toBe(Date.UTC(2024, 6, 1, 22));
    expect(parseDateMs('2024-03-31T00:00Z', 0, false, reading)).toBe(Date.UTC(2024, 2, 31));
  });
});
