import { numberFormat } from './number-format.ts';

describe('numberFormat', () => {
  it.each([
    ['0.00', 2.345, '2.34'],
    ['0.00', -0.001, '0.00'],
    ['#,##0', 1_234_567.5, '1,234,568'],
    ['#,##0', 0.5, '0'],
    ['000', 7, '007'],
    ['0.##', 1.5, '1.5'],
    ['$0.0', -3, '-$3.0'],
    ['0.0%', 0.1234, '12.3%'],
    ["0' °C'", 21, '21 °C'],
  ])('%s of %d is %s', (pattern, value, text) => {
    expect(numberFormat(pattern, 'x')(value)).toBe(text);
  });

  it.each(['', 'abc', '0.0.0', '0E0', '#,##0;(0)'])('%j is refused', (pattern) => {
    expect(() => numberFormat(pattern, 'aggs.x')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'unsupported_format' }),
    );
  });
});
