import type { FieldSpec } from '#libs/segment';
import type { IndexSchema } from '../manifest.ts';
import { fieldNameProblem } from './field-name.ts';
import { childOf, childPath, fieldInTheWay, FieldTree, MAX_DEPTH, type FieldNode } from './field-tree.ts';
import { tooManyFields, unknownField } from './mapping-errors.ts';
import { parseNumber } from './parse-number.ts';
import { looksLikeDate } from './parse-date.ts';

/** Elasticsearch's own: longer strings are prose, and nobody sorts or filters by them. */
const KEYWORD_IGNORE_ABOVE = 256;

/**
 * The dynamic schema: which fields these documents add, or widen from long to double. {} when there are none, which is
 * the usual case and costs one Map look-up a key. Strings become text with a `<name>.keyword`, or date where every one of
 * the batch is an ISO 8601 day or more; whole numbers long, others double (one of the batch is enough); booleans boolean;
 * objects dotted names. The first value that is not null decides between kinds: what contradicts it is refused later, by
 * DocumentMapper.check, and so is a name that may not be a field's.
 * Throws `invalid`: `unknown_field` (dynamic: "strict"), `too_many_fields`.
 */
export function inferFields(schema: IndexSchema, documents: readonly unknown[]): Record<string, FieldSpec> {
  if (schema.dynamic === false) return {};
  const inference = new Inference(schema);
  for (const document of documents) inference.add(document);
  return inference.result();
}

class Inference {
  private readonly schema: IndexSchema;
  private readonly root: FieldNode;
  private readonly added = new Map<string, FieldSpec>();
  /** Paths that have added fields below them, so cannot be fields themselves. */
  private readonly objects = new Set<string>();
  /** How many of `added` only widen a field that is there. */
  private widened = 0;

  constructor(schema: IndexSchema) {
    this.schema = schema;
    this.root = FieldTree.of(schema).root;
  }

  add(document: unknown): void {
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
    this.object(this.root, document as Record<string, unknown>, 1);
  }

  result(): Record<string, FieldSpec> {
    return Object.fromEntries(this.added);
  }

  private object(node: FieldNode, object: Record<string, unknown>, depth: number): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === null || value === undefined || (key === '_id' && node === this.root)) continue;
      const child = childOf(node, key);
      if (child) this.known(child, value, depth);
      else if (!fieldInTheWay(node, key)) this.unknown(childPath(node.path, key), value, depth);
    }
  }

  private known(node: FieldNode, value: unknown, depth: number): void {
    const spec = node.field?.spec;
    const maySettle = spec?.type === 'long' && spec.dynamic === true;
    // A field whose type is settled needs no look at its values.
    if (spec && !maySettle && node.children.size === 0) return;
    if (Array.isArray(value)) {
      for (const element of value) {
        if (!isNothing(element) && depth <= MAX_DEPTH)
          this.known(node, element, depth + (Array.isArray(element) ? 1 : 0));
      }
    } else if (typeof value === 'object') {
      if (node.children.size > 0 && depth < MAX_DEPTH) this.object(node, value as Record<string, unknown>, depth + 1);
    } else if (maySettle && needsDouble(value) && !this.added.has(node.path)) {
      this.added.set(node.path, { ...spec, type: 'double' });
      this.widened++;
    }
  }

  private unknown(path: string, value: unknown, depth: number): void {
    if (Array.isArray(value)) {
      for (const element of value) {
        if (!isNothing(element) && depth <= MAX_DEPTH)
          this.unknown(path, element, depth + (Array.isArray(element) ? 1 : 0));
      }
    } else if (typeof value === 'object') {
      const present = this.added.has(path);
      if (present || depth >= MAX_DEPTH) return;
      for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
        if (!isNothing(inner)) this.unknown(childPath(path, key), inner, depth + 1);
      }
    } else this.leaf(path, value);
  }

  private leaf(path: string, value: unknown): void {
    const present = this.added.get(path);
    if (present) {
      if (present.type === 'long' && needsDouble(value)) this.added.set(path, { ...present, type: 'double' });
      else if (present.type === 'date' && typeof value === 'string' && !looksLikeDate(value)) this.addText(path);
      return;
    }
    if (this.objects.has(path) || this.runsThroughAdded(path) || fieldNameProblem(path) !== undefined) return;
    if (this.schema.dynamic === 'strict') throw unknownField(path, true);
    const type = inferredType(value);
    if (type === 'text') this.addText(path);
    else this.addField(path, { type, dynamic: true });
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1))
      this.objects.add(path.slice(0, dot));
  }

  private addText(path: string): void {
    this.addField(path, { type: 'text', dynamic: true });
    const keyword = `${path}.keyword`;
    if (fieldNameProblem(keyword) !== undefined || Object.hasOwn(this.schema.fields, keyword)) return;
    this.addField(keyword, { type: 'keyword', ignoreAbove: KEYWORD_IGNORE_ABOVE, source: path, dynamic: true });
  }

  private addField(path: string, spec: FieldSpec): void {
    this.added.set(path, spec);
    const { fields, maxFields } = this.schema;
    if (Object.keys(fields).length + this.added.size - this.widened > maxFields) throw tooManyFields(path, maxFields);
  }

  private runsThroughAdded(path: string): boolean {
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      if (this.added.has(path.slice(0, dot))) return true;
    }
    return false;
  }
}

const isNothing = (value: unknown): boolean => value === null || value === undefined;

/** What no long can hold: fractions, and numbers beyond the safe integers. */
function needsDouble(value: unknown): boolean {
  const number = typeof value === 'string' ? parseNumber(value) : value;
  return typeof number === 'number' && !Number.isSafeInteger(number);
}

function inferredType(value: unknown): FieldSpec['type'] {
  if (typeof value === 'string') return looksLikeDate(value) ? 'date' : 'text';
  if (typeof value === 'boolean') return 'boolean';
  return needsDouble(value) ? 'double' : 'long';
}
