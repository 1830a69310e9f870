import type { TermBounds } from '#libs/segment';
import type { Clause } from '../compile/compiled-query.ts';

/** What of a query is marked in one field. */
export interface FieldMarks {
  readonly terms: Set<string>;
  readonly bounds: TermBounds[];
  readonly phrases: { readonly terms: readonly string[]; readonly offsets: readonly number[]; readonly slop: number }[];
}

/** By field, the words that a document may match by. What must not match, and numbers, are not marked. */
export function collectMarks(root: Clause): Map<string, FieldMarks> {
  const fields = new Map<string, FieldMarks>();
  const of = (field: string): FieldMarks => {
    let marks = fields.get(field);
    if (!marks) fields.set(field, (marks = { terms: new Set(), bounds: [], phrases: [] }));
    return marks;
  };
  const visit = (clause: Clause): void => {
    switch (clause.kind) {
      case 'term':
        of(clause.field).terms.add(clause.term);
        break;
      case 'term_set':
        for (const term of clause.terms) of(clause.field).terms.add(term);
        break;
      case 'term_range':
        of(clause.field).bounds.push(clause.bounds);
        break;
      case 'phrase':
        of(clause.field).phrases.push(clause);
        break;
      case 'bool':
        for (const child of [...clause.must, ...clause.should, ...clause.filter]) visit(child);
        break;
      case 'dis_max':
        for (const child of clause.clauses) visit(child);
        break;
      default:
    }
  };
  visit(root);
  return fields;
}
