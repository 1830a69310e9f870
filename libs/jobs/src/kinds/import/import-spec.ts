import { z } from 'zod';

/** What a source file's content is. `text` and `markdown` make one document of a file, the others many. */
export const FORMATS = ['ndjson', 'json', 'csv', 'text', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export const importSpec = z.object({
  /** `file://…`, `s3://…`, or `staging:<key>` for a body that the gateway has put aside. */
  sources: z.array(z.string().min(1)).min(1).max(1000),
  /** Default: by the file's name. */
  format: z.enum(FORMATS).optional(),
  /** The field whose value is the document's `_id`, for documents that have no `_id` of their own. */
  idField: z.string().min(1).optional(),
  /** skip: refused documents are counted and reported, the rest goes in. fail: the first one fails the job whole. */
  onError: z.enum(['skip', 'fail']).default('skip'),
});

export type ImportSpec = z.infer<typeof importSpec>;
