import type { ExistsNode } from '../query-node.ts';
import type { Clause } from './compiled-query.ts';
import type { CompileContext } from './compile-query.ts';
import { requireIndexed } from './indexed-field.ts';

/** Documents that have a value of the field or, where it is an object, of any field below it. */
export function compileExists({ field, path }: ExistsNode, boost: number, context: CompileContext): Clause {
  const { schema, budget } = context;
  const spec = schema.field(field);
  if (spec) {
    requireIndexed(spec, field, path);
    return { kind: 'exists', field, boost };
  }
  const below = schema.fieldNames().filter((name) => {
    // A multi-field has values where its source has.
    const of = name.startsWith(`${field}.`) ? schema.field(name) : undefined;
    return of !== undefined && of.source === undefined && of.index !== false;
  });
  budget.spend(below.length, path);
  const clauses = below.map((name): Clause => ({ kind: 'exists', field: name, boost }));
  if (clauses.length < 2) return clauses[0] ?? { kind: 'none' };
  return { kind: 'dis_max', clauses, tieBreaker: 0 };
}
