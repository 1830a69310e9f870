import type { ValueOptions } from '../../aggregation-request.ts';
import type { OptionReader } from '../option-reader.ts';

/** Longer than any sensible pattern; a pattern is compiled once for each worker. */
const MAX_FORMAT_LENGTH = 256;

/** `field`, `missing` and `format`, where these are allowed. */
export function readValueOptions(options: OptionReader): ValueOptions {
  const format = readFormat(options);
  return {
    field: options.fieldName(),
    ...(options.has('missing') && { missing: options.scalar('missing') }),
    ...(format !== undefined && { format }),
  };
}

export function readFormat(options: OptionReader): string | undefined {
  const format = options.string('format');
  if (format === undefined || (format !== '' && format.length <= MAX_FORMAT_LENGTH)) return format;
  throw options.fail('format', `a pattern of 1 to ${MAX_FORMAT_LENGTH} characters`);
}
