import { analysisOf } from '#libs/analysis';
import type { IndexSchema, Manifest } from '#libs/index';
import type { QuerySchema, SearchStatistics } from '#libs/query';

/** A manifest's schema as queries see it. */
export function querySchema(schema: IndexSchema): QuerySchema {
  const analysis = analysisOf(schema.analysis);
  return {
    field: (name) => (Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined),
    fieldNames: () => Object.keys(schema.fields),
    analyzer: analysis.analyzer,
    normalizer: (name) => analysis.normalizer(name),
  };
}

/** Documents and tokens of each field over all segments: what BM25's N and average length are computed from. */
export function fieldStatistics(manifest: Manifest): SearchStatistics {
  // A Map, because a field may be called "constructor".
  const fields = new Map<string, { docCount: number; tokenCount: number }>();
  for (const segment of manifest.segments) {
    for (const [name, field] of Object.entries(segment.fields)) {
      const sum = fields.get(name) ?? { docCount: 0, tokenCount: 0 };
      sum.docCount += field.docCount;
      sum.tokenCount += field.tokenCount ?? 0;
      fields.set(name, sum);
    }
  }
  return { fields: Object.fromEntries(fields) };
}
