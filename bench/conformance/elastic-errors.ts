import { LeftOut } from './left-out.ts';
import type { QuarryAnswer } from './quarry-calls.ts';
import type { ElasticAnswer } from './story.ts';

const TYPES: Readonly<Record<string, string>> = {
  index_not_found: 'index_not_found_exception',
  index_exists: 'resource_already_exists_exception',
  document_not_found: 'document_missing_exception',
};
/** Codes by which Quarry says that it does not have what was asked for. */
const NOT_HERE = new Set([
  'unknown_query',
  'unknown_aggregation',
  'unsupported_option',
  'unknown_key',
  'unknown_filter',
]);
/** Elasticsearch has columns of words where a mapping asks for `fielddata`. */
const WITHOUT_COLUMN = 'is a text field and has no column';
/** `path: what of it is not supported`; the path's own fields and names say nothing. */
const REFUSAL = /^(\S+): ([^;]*)/;

/**
 * A problem in Elasticsearch's shape.
 * @param expectsError whether the step asks for one: then a refusal is what it wants, and otherwise a feature not there
 */
export function elasticError({ status, body }: QuarryAnswer, expectsError: boolean): ElasticAnswer {
  const { code, detail } = body as { code: string; detail: string };
  if (!expectsError && (NOT_HERE.has(code) || detail.includes('is not supported') || detail.includes(WITHOUT_COLUMN)))
    throw new LeftOut(refusal(detail));
  return {
    status,
    body: { status, error: { type: TYPES[code] ?? 'illegal_argument_exception', reason: `${code}: ${detail}` } },
  };
}

function refusal(detail: string): string {
  const [, path = '', what = detail] = REFUSAL.exec(detail) ?? [];
  return `refused by name: ${what.includes('"') ? what : `${path.split('.').at(-1)!} (${what})`}`;
}
