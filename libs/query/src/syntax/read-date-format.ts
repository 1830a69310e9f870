import { dateFormat } from '../dates/date-format.ts';
import type { OptionReader } from './option-reader.ts';

/** The option `format`, when it is given and understood. Throws `invalid` (`unsupported_format`). */
export function readDateFormat(options: OptionReader): string | undefined {
  const format = options.string('format');
  if (format !== undefined) dateFormat(format, options.at('format'));
  return format;
}
