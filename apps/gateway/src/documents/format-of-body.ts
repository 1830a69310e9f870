import { invalid } from '#libs/kernel';
import { FORMATS, type Format } from '#libs/jobs';

const FORMAT_BY_TYPE: Record<string, Format | undefined> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
  'application/json': undefined,
  'application/x-www-form-urlencoded': undefined,
  'application/octet-stream': undefined,
  'text/plain': undefined,
  'text/csv': 'csv',
  'text/markdown': 'markdown',
};

/**
 * What a body is: `?format=`, else by its Content-Type; undefined when `formatByFirstByte` shall tell, because clients
 * send NDJSON as application/json, curl calls everything a form, and fetch calls every string text/plain. Throws `invalid`
 * (`unknown_format`, `unsupported_media_type`).
 */
export function formatOfBody(format: string | undefined, contentType: string | undefined): Format | undefined {
  if (format !== undefined) {
    const known = FORMATS.find((name) => name === format);
    if (!known) throw invalid('unknown_format', `format=${format} is not one of ${FORMATS.join(', ')}`, { format });
    return known;
  }
  if (contentType === undefined) return undefined;
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  if (!(type in FORMAT_BY_TYPE)) {
    throw invalid(
      'unsupported_media_type',
      `documents of type "${type}" cannot be read; send application/x-ndjson, application/json, text/csv, text/plain or text/markdown`,
      { contentType: type },
    );
  }
  return FORMAT_BY_TYPE[type];
}

/** A body that begins like JSON is JSON, whatever it is called; of the rest, what is called text is text. */
export function formatByFirstByte(byte: number, contentType: string | undefined): Format {
  if (byte === '['.charCodeAt(0)) return 'json';
  if (byte === '{'.charCodeAt(0)) return 'ndjson';
  return contentType?.trim().toLowerCase().startsWith('text/plain') ? 'text' : 'ndjson';
}
