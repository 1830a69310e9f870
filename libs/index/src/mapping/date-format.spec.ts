import { compileDateFormat, dateReader } from './date-format.ts';

const NEW_YEAR = Date.UTC(2024, 0, 1);

describe('date formats', () => {
  it.each<[format: string, value: string | number, ms: number | undefined]>([
    ['strict_date_optional_time', '2024-01-01', NEW_YEAR],
    ['strict_date_optional_time', '2024-01-01T01:00:00+01:00', NEW_YEAR],
    ['strict_date_optional_time', '2024', NEW_YEAR],
    ['strict_date_optional_time', '1704067200000', undefined],
    ['strict_date_optional_time', NEW_YEAR, undefined],
    ['strict_date_optional_time||epoch_millis', String(NEW_YEAR), NEW_YEAR],
    ['epoch_millis', NEW_YEAR, NEW_YEAR],
    ['epoch_second', NEW_YEAR / 1000, NEW_YEAR],
    ['epoch_second', '1704067200.5', NEW_YEAR + 500],
    ['date', '2024-01-01', NEW_YEAR],
    ['date', '2024-01-01T00:00:00Z', undefined],
    ['strict_date_time', '2024-01-01T00:00:00.000Z', NEW_YEAR],
    ['date_time_no_millis', '2024-01-01T00:00:00Z', NEW_YEAR],
    ['basic_date', '20240101', NEW_YEAR],
    ['yyyy/MM/dd HH:mm:ss', '2024/01/01 00:00:10', NEW_YEAR + 10_000],
    ['dd.MM.yyyy', '01.01.2024', NEW_YEAR],
    ['dd.MM.yyyy', '31.02.2024', undefined],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-01-01T02:00:00.250+02:00', NEW_YEAR + 250],
    ['dd/MM/yyyy||MM.yyyy', '01.2024', NEW_YEAR],
  ])('%s of %j', (format, value, ms) => {
    expect(compileDateFormat(format)!(value)).toBe(ms);
  });

  it.each(['', 'nope', 'yyyy-QQ', 'MM/dd', 'yyyy yyyy', "yyyy 'open", 'epoch_millis||'])('%j is none', (format) => {
    expect(compileDateFormat(format)).toBeUndefined();
  });

  it('takes ISO 8601 and epoch milliseconds by default', () => {
    expect(dateReader(undefined)('2024-01-01 00:00')).toBe(NEW_YEAR);
    expect(dateReader(undefined)(NEW_YEAR + 0.5)).toBe(NEW_YEAR);
  });
});
