import { z } from 'zod';
import {
  OptionReader,
  parseSourceFilter,
  readQuery,
  requestError,
  type QueryNode,
  type SearchRequest,
} from '#libs/query';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const EXPORT_COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type ExportCompression = (typeof EXPORT_COMPRESSIONS)[number];

export type SourceFilter = Exclude<SearchRequest['source'], false | undefined>;

/** What an export is asked for. */
export const exportSpec = z.object({
  query: z.custom<QueryNode>((value) => typeof value === 'object' && value !== null),
  format: z.enum(EXPORT_FORMATS).default('ndjson'),
  compression: z.enum(EXPORT_COMPRESSIONS).default('none'),
  /** `file://…` or `s3://…`; without one, the parts lie with the job in our own store, as long as the job is remembered. */
  target: z.string().min(1).optional(),
  /** Which parts of the documents; all if not given. */
  source: z.object({ includes: z.array(z.string()), excludes: z.array(z.string()) }).optional(),
  /** The version that is read is at least this. */
  minVersion: z.number().int().min(0).optional(),
});
export type ExportSpec = z.output<typeof exportSpec>;

/** What an export has written. */
export interface ExportResult {
  readonly version: number;
  readonly documents: number;
  /** Of the parts, as they lie there, and before compression. */
  readonly bytes: number;
  readonly plainBytes: number;
  readonly format: ExportFormat;
  readonly compression: ExportCompression;
  readonly target?: string;
  /** Where the manifest of the parts is; absent while parts are missing. */
  readonly manifest?: string;
  /** Path of the whole as one download, when there is no target. */
  readonly download?: string;
  readonly parts: readonly ExportedPart[];
  /** Tasks of which no part is there, and why. */
  readonly failed: number;
  readonly errors: readonly { readonly code: string; readonly detail: string }[];
}

export interface ExportedPart {
  readonly name: string;
  readonly documents: number;
  readonly bytes: number;
  readonly plainBytes: number;
  /** Bytes (compressed: a frame of its own) that say the columns: to be left out where parts are put together. */
  readonly headerBytes: number;
}

const CODE = 'bad_export_request';
const UNSUPPORTED = [
  'aggs',
  'from',
  'highlight',
  'max_docs',
  'post_filter',
  'scroll',
  'search_after',
  'size',
  'slice',
  'sort',
  'timeout',
];

/**
 * The body of `POST …/export`, in camelCase or snake_case; without a query, every document. Throws `invalid`:
 * `bad_export_request`, `bad_source_filter`, `bad_target`, `unknown_key`, `unsupported_option` (`sort`: the parts are in no
 * particular order), and those of queries.
 */
export function parseExport(body: unknown): ExportSpec {
  const options = new OptionReader(body ?? {}, '', {
    code: CODE,
    what: 'an export, which writes all that matches in no particular order',
    allowed: ['query', 'q', 'format', 'compression', 'target', '_source', 'fields', 'min_version'],
    unsupported: UNSUPPORTED,
  });
  const target = options.string('target');
  if (target !== undefined && !/^(file:|s3:\/\/)/.test(target)) {
    throw requestError(
      'bad_target',
      'target',
      `${JSON.stringify(target.slice(0, 200))} is no target; write "file:///absolute/folder" or "s3://bucket/prefix"`,
    );
  }
  const minVersion = options.number('min_version', { integer: true, min: 0 });
  const source = readSource(options);
  return {
    query: readQuery(options, CODE) ?? { type: 'match_all', boost: 1, path: 'query' },
    format: options.oneOf('format', EXPORT_FORMATS) ?? 'ndjson',
    compression: options.oneOf('compression', EXPORT_COMPRESSIONS) ?? 'none',
    ...(target !== undefined && { target }),
    ...(source && { source }),
    ...(minVersion !== undefined && { minVersion }),
  };
}

function readSource(options: OptionReader): ExportSpec['source'] {
  if (options.has('fields') && options.has('_source')) {
    throw requestError(CODE, 'fields', 'fields and _source together; fields are the includes of _source, give one');
  }
  const name = options.has('fields') ? 'fields' : '_source';
  const source = parseSourceFilter(options.raw(name), options.at(name));
  if (source === false) throw options.fail(name, 'true, field names or patterns: an export without documents is empty');
  return source && { includes: [...source.includes], excludes: [...source.excludes] };
}
