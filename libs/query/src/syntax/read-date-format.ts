import { dateFormat } from '../dates/date-format.ts';
import type { OptionReader } from './option-reader.ts';

/** Longer than any sensible one. */
const MAX_FORMAT_LENGTH = 256;

/** The option `format`, when it is given and understood. Throws `invalid` (`unsupported_format`). */
export function readDateFormat(options: OptionReader): string | undefined {
  const format = options.string('format');
  if (format !== undefined && format.length > MAX_FORMAT_LENGTH)
    throw options.fail('format', `a date format of at most ${MAX_FORMAT_LENGTH} characters`);
  if (format !== undefined) dateFormat(format, options.at('format'));
  return format;
}
