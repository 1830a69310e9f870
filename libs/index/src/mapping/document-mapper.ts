import { analysisOf, type Analysis } from '#libs/analysis';
import { invalid } from '#libs/kernel';
import type { SegmentBuilder } from '#libs/segment';
import type { IndexSchema } from '../manifest.ts';
import { documentId } from './document-id.ts';
import { fieldNameProblem } from './field-name.ts';
import {
  childOf,
  childPath,
  fieldInTheWay,
  FieldTree,
  MAX_DEPTH,
  type FieldNode,
  type MappedField,
} from './field-tree.ts';
import { numericValue } from './field-value.ts';
import { inferFields } from './infer-fields.ts';
import { badFieldName, documentTooDeep, fieldTypeMismatch, objectExpected, unknownField } from './mapping-errors.ts';
import { offendingValue } from './offending-value.ts';

/** Longer keywords are kept in `_source` but not indexed. */
const DEFAULT_IGNORE_ABOVE = 8191;

/**
 * A document that fits the schema, as parallel arrays: value i belongs to field `fields[i]`, a place in the schema. It is
 * the mapper's own and holds until its next `check`.
 */
export interface MappedDocument {
  readonly id: string;
  readonly length: number;
  readonly fields: readonly number[];
  readonly values: readonly (string | number)[];
}

export interface DocumentMapperOptions {
  /**
   * A value that does not fit the schema is passed over instead of refusing its document: for documents that are in the
   * index already. The schema may have grown since (`{}` where a number stands now), and what was accepted stays.
   */
  readonly lenient?: boolean;
}

/**
 * From a parsed JSON document to the calls of a segment builder, under one schema. `check` first, `write` when it did not
 * throw; the same `check` may be written to several builders. Not for use by two callers at a time.
 */
export class DocumentMapper {
  readonly schema: IndexSchema;
  private readonly tree: FieldTree;
  private readonly analysis: Analysis;
  private readonly mapped = { id: '', length: 0, fields: [] as number[], values: [] as (string | number)[] };
  /** The builder that `numbers` are good for. A new one is told of a field when it first meets it. */
  private builder: SegmentBuilder | undefined;
  private numbers: number[] = [];

  constructor(
    schema: IndexSchema,
    private readonly options: DocumentMapperOptions = {},
  ) {
    this.schema = schema;
    this.tree = FieldTree.of(schema);
    this.analysis = analysisOf(schema.analysis);
  }

  /**
   * @param id of the document, unless it brings an `_id`
   * Throws `invalid`: `document_not_an_object`, `bad_id`, `id_too_long`, `field_type_mismatch`, `number_out_of_range`,
   * `bad_date`, `bad_boolean`, `document_too_deep`, `bad_field_name`, `unknown_field`, `too_many_fields`.
   */
  check(document: unknown, id: string): MappedDocument {
    this.mapped.length = 0;
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw invalid('document_not_an_object', `a document is a JSON object, not ${offendingValue(document)}`, {
        value: offendingValue(document),
      });
    }
    const { _id: own } = document as { _id?: unknown };
    this.mapped.id = documentId(own === undefined ? id : own);
    this.object(this.tree.root, document as Record<string, unknown>, 1);
    return this.mapped;
  }

  /** @param source the document's JSON, UTF-8, as it is to be given back */
  write(mapped: MappedDocument, source: Uint8Array, builder: SegmentBuilder): void {
    if (builder !== this.builder) {
      this.builder = builder;
      this.numbers = [];
    }
    builder.startDocument(mapped.id, source);
    for (let i = 0; i < mapped.length; i++) {
      const field = this.tree.fields[mapped.fields[i]!]!;
      const value = mapped.values[i]!;
      const number = (this.numbers[field.number] ??= builder.field(field.name, field.spec));
      if (typeof value === 'number') builder.addNumber(number, value);
      else if (field.spec.type === 'text') builder.addText(number, value);
      else builder.addKeyword(number, value);
    }
    builder.endDocument();
  }

  private object(node: FieldNode, object: Record<string, unknown>, depth: number): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === undefined || (key === '_id' && node === this.tree.root)) continue;
      const child = childOf(node, key);
      if (child) this.value(child, value, depth);
      else if (value === null) continue;
      else if (!this.options.lenient) this.unknown(node, key, value, depth);
    }
  }

  private value(node: FieldNode, value: unknown, depth: number): void {
    if (value === null || value === undefined) {
      if (node.field?.takesNulls) this.takeNull(node.field);
    } else if (Array.isArray(value)) {
      if (depth > MAX_DEPTH) return this.refuse(documentTooDeep(node.path));
      for (const element of value) this.value(node, element, depth + (Array.isArray(element) ? 1 : 0));
    } else if (typeof value === 'object') {
      if (node.children.size === 0 && node.field) {
        return this.refuse(fieldTypeMismatch(node.path, node.field.spec, value));
      }
      if (depth >= MAX_DEPTH) return this.refuse(documentTooDeep(node.path));
      this.object(node, value as Record<string, unknown>, depth + 1);
    } else if (node.field) this.take(node.field, value);
    else this.refuse(objectExpected(node.path, value));
  }

  /** The value for the field, its multi-fields, and the fields that it is copied to. */
  private take(field: MappedField, value: unknown): void {
    this.takeOwn(field, value);
    for (const target of field.targets) this.takeOwn(target, value);
  }

  private takeOwn(field: MappedField, value: unknown): void {
    const { type, ignoreAbove = DEFAULT_IGNORE_ABOVE, normalizer } = field.spec;
    if (type === 'text' || type === 'keyword') {
      const text = typeof value === 'string' ? value : String(value);
      if (type === 'text') this.push(field, text);
      // Well-formed, because two strings that differ in a lone surrogate alone are the same in UTF-8.
      else if (text.length <= ignoreAbove) {
        this.push(field, normalizer === undefined ? text.toWellFormed() : this.analysis.normalizer(normalizer)(text));
      }
    } else this.takeNumber(field, value);
    for (const copy of field.copies) this.takeOwn(copy, value);
  }

  private takeNumber(field: MappedField, value: unknown): void {
    try {
      this.push(field, numericValue(field, value));
    } catch (error) {
      if (!field.spec.ignoreMalformed) this.refuse(error);
    }
  }

  private takeNull(field: MappedField): void {
    if (field.spec.nullValue !== undefined) this.takeOwn({ ...field, copies: [] }, field.spec.nullValue);
    for (const copy of field.copies) this.takeNull(copy);
  }

  private refuse(why: unknown): void {
    if (!this.options.lenient) throw why;
  }

  private push(field: MappedField, value: string | number): void {
    if (field.spec.index === false) return;
    const { mapped } = this;
    mapped.fields[mapped.length] = field.number;
    mapped.values[mapped.length] = value;
    mapped.length++;
  }

  /** A key that the schema does not know: nothing to do, or the reason why the dynamic schema did not add it. */
  private unknown(node: FieldNode, key: string, value: unknown, depth: number): void {
    const inTheWay = fieldInTheWay(node, key);
    const { dynamic } = this.schema;
    if (inTheWay) throw fieldTypeMismatch(inTheWay.name, inTheWay.spec, { [key]: value });
    if (dynamic === false) return;
    const leaf = firstLeaf(childPath(node.path, key), value, depth);
    if (!leaf) return;
    const problem = fieldNameProblem(leaf.path);
    if (problem !== undefined) throw badFieldName(leaf.path, problem);
    // Asked for this value alone it says why: the schema is strict, or full. If it would add it, nobody asked before.
    inferFields(this.schema, [{ [leaf.path]: leaf.value }]);
    throw unknownField(leaf.path, dynamic === 'strict');
  }
}

/** The first value that would need a field; undefined when there are only nulls, empty arrays and empty objects. */
function firstLeaf(path: string, value: unknown, depth: number): { path: string; value: unknown } | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return { path, value };
  if (depth > MAX_DEPTH || (depth === MAX_DEPTH && !Array.isArray(value))) throw documentTooDeep(path);
  if (Array.isArray(value)) {
    for (const element of value) {
      const leaf = firstLeaf(path, element, depth + (Array.isArray(element) ? 1 : 0));
      if (leaf) return leaf;
    }
    return undefined;
  }
  for (const [key, inner] of Object.entries(value)) {
    const leaf = firstLeaf(childPath(path, key), inner, depth + 1);
    if (leaf) return leaf;
  }
  return undefined;
}
