import { invalid } from '#libs/kernel';
import { z } from 'zod';

/** What a source file's content is. `text` and `markdown` make one document of a file, the others many. */
export const FORMATS = ['ndjson', 'json', 'csv', 'text', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export const importSpec = z.object({
  /** `file://…`, `s3://…`, or `staging:<key>[#<name>]` for a body that the gateway has put aside. */
  sources: z.array(z.string().min(1)).min(1).max(1000),
  /** Default: by the file's name. */
  format: z.enum(FORMATS).optional(),
  /** The field whose value is the document's `_id`, for documents that have no `_id` of their own. */
  idField: z.string().min(1).optional(),
  /** skip: refused documents are counted and reported, the rest goes in. fail: the first one fails the job whole. */
  onError: z.enum(['skip', 'fail']).default('skip'),
});

export type ImportSpec = z.infer<typeof importSpec>;

const BODY_KEYS = ['source', 'sources', 'format', 'onError', 'idField'];

/** The body of `POST …/imports`. Throws `invalid` (`bad_request`, `unknown_format`, `unknown_key`). */
export function parseImportBody(body: unknown): { readonly sources: readonly string[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid('bad_request', 'an import is an object: {"source": "file:///folder or s3://bucket/prefix"}');
  }
  const given = Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key === 'on_error' ? 'onError' : key === 'id_field' ? 'idField' : key,
      value,
    ]),
  ) as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !BODY_KEYS.includes(key));
  if (unknown !== undefined) {
    throw invalid('unknown_key', `an import has no "${unknown}"; it has ${BODY_KEYS.join(', ')}`, { key: unknown });
  }
  const { source, sources, format, ...rest } = given;
  if ((source === undefined) === (sources === undefined)) {
    throw invalid('bad_request', 'an import has either "source" (one URL) or "sources" (several)');
  }
  if (format !== undefined && !(FORMATS as readonly unknown[]).includes(format)) {
    throw invalid('unknown_format', `format ${JSON.stringify(format)} is not one of ${FORMATS.join(', ')}`, { format });
  }
  // Staged bodies are the gateway's own: a client that could name them could read another's.
  const all: unknown[] = Array.isArray(sources) ? sources : [source ?? sources];
  const foreign = all.find((url) => typeof url !== 'string' || !/^(file:|s3:\/\/)/.test(url));
  if (foreign !== undefined) {
    const written = JSON.stringify(foreign).slice(0, 200);
    throw invalid('bad_source', `${written} is not a source; write "file:///absolute/path" or "s3://bucket/key"`);
  }
  return { sources: all as string[], ...(format !== undefined && { format }), ...rest };
}
