import { invalid } from '#libs/kernel';

/** Prefix, digits, suffix: `$#,##0.00`, `0.0%`, `000`. */
const PATTERN = /^((?:[^#0,.%'E;]|'[^']*')*)([#,]*[0,]*)(?:\.(0*)(#*))?(%?)((?:[^#0,.%'E;]|'[^']*')*)$/;
const MAX_DIGITS = 20;

/** A pattern of Java's DecimalFormat → how numbers are written. Rounds half to even. Throws `invalid` (`unsupported_format`). */
export function numberFormat(pattern: string, path: string): (value: number) => string {
  const [, prefix = '', integer = '', needed = '', optional = '', percent = '', suffix = ''] =
    PATTERN.exec(pattern) ?? [];
  const digits = integer.replaceAll(',', '');
  const least = digits.replaceAll('#', '').length;
  const most = needed.length + optional.length;
  if (digits.length === 0 || least > MAX_DIGITS || most > MAX_DIGITS)
    throw invalid(
      'unsupported_format',
      `${path}: the number format "${pattern}" is not supported; use a pattern such as "0.00", "#,##0" or "0.0%"`,
      { path, value: pattern },
    );
  const format = new Intl.NumberFormat('en-US', {
    style: percent === '' ? 'decimal' : 'percent',
    useGrouping: integer.includes(','),
    minimumIntegerDigits: Math.max(1, least),
    minimumFractionDigits: needed.length,
    maximumFractionDigits: most,
    roundingMode: 'halfEven',
  });
  const unquoted = (text: string): string => text.replace(/'([^']*)'/g, (_, inner: string) => inner || "'");
  return (value) => {
    const text = format.format(Math.abs(value));
    const sign = value < 0 && /[1-9]/.test(text) ? '-' : '';
    return `${sign}${unquoted(prefix)}${text}${unquoted(suffix)}`;
  };
}
