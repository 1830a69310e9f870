import type { FieldSpec } from '#libs/segment';
import type { IndexSchema } from '../manifest.ts';

/** A field with the multi-fields that take its values. */
export interface MappedField {
  readonly name: string;
  readonly spec: FieldSpec;
  /** Place in FieldTree.fields. */
  readonly number: number;
  readonly copies: MappedField[];
  /** The fields of `copyTo`. */
  readonly targets: MappedField[];
  /** It, or a multi-field of it, has a `nullValue`. */
  takesNulls: boolean;
}

/** A name in a document's tree: a field, an object with names of its own, or (where two writers raced) both. */
export interface FieldNode {
  /** Dotted; '' of the root. */
  readonly path: string;
  field: MappedField | undefined;
  readonly children: Map<string, FieldNode>;
}

/**
 * A schema in the shape of the documents, so that a document is mapped by one Map look-up a key and no path is ever put
 * together. Multi-fields are no names in a document and hang on their source instead.
 */
export class FieldTree {
  readonly root: FieldNode = { path: '', field: undefined, children: new Map() };
  readonly fields: MappedField[] = [];

  private constructor(schema: IndexSchema) {
    const copies: MappedField[] = [];
    for (const [name, spec] of Object.entries(schema.fields)) {
      const field: MappedField = {
        name,
        spec,
        number: this.fields.length,
        copies: [],
        targets: [],
        takesNulls: spec.nullValue !== undefined,
      };
      this.fields.push(field);
      if (spec.source === undefined) this.grow(name).field = field;
      else copies.push(field);
    }
    for (const copy of copies) {
      const source = find(this.root, copy.spec.source!)?.field;
      if (!source) continue;
      source.copies.push(copy);
      source.takesNulls ||= copy.takesNulls;
    }
    for (const field of this.fields) {
      for (const name of field.spec.copyTo ?? []) {
        const target = find(this.root, name)?.field;
        if (target) field.targets.push(target);
      }
    }
  }

  private static readonly known = new WeakMap<IndexSchema, FieldTree>();

  /** Built once for each schema object. */
  static of(schema: IndexSchema): FieldTree {
    let tree = this.known.get(schema);
    if (!tree) {
      tree = new FieldTree(schema);
      this.known.set(schema, tree);
    }
    return tree;
  }

  private grow(name: string): FieldNode {
    let node = this.root;
    for (const part of name.split('.')) {
      let child = node.children.get(part);
      if (!child) {
        child = { path: node === this.root ? part : `${node.path}.${part}`, field: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    return node;
  }
}

/** The node of a key in a document: usually a child; a key with dots in it is a path. Undefined when it is unknown. */
export function childOf(node: FieldNode, key: string): FieldNode | undefined {
  const child = node.children.get(key);
  if (child || !key.includes('.')) return child;
  const found = find(node, key);
  // The next document's look-up is a plain one.
  if (found) node.children.set(key, found);
  return found;
}

function find(from: FieldNode, path: string): FieldNode | undefined {
  let node: FieldNode | undefined = from;
  for (const part of path.split('.')) node = node?.children.get(part);
  return node;
}

/** The field that a dotted path runs through as if it were an object: `a.b` where `a` is a number. */
export function fieldInTheWay(from: FieldNode, key: string): MappedField | undefined {
  let node: FieldNode | undefined = from;
  for (const part of key.split('.')) {
    if (node?.field && node.children.size === 0) return node.field;
    node = node?.children.get(part);
  }
  return undefined;
}

export const childPath = (parent: string, key: string): string => (parent === '' ? key : `${parent}.${key}`);

/** As many objects (or arrays directly within arrays) may stand within one another, as in Elasticsearch. */
export const MAX_DEPTH = 20;
