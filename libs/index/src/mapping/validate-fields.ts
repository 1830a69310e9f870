import { analysisOf, type AnalysisSettings } from '#libs/analysis';
import type { FieldSpec } from '#libs/segment';
import { fieldSpec, type Definition, type SpecContext } from './field-options.ts';
import { fieldNameProblem } from './field-name.ts';
import { childPath, MAX_DEPTH } from './field-tree.ts';
import { badFieldName, badSpec } from './mapping-errors.ts';
import { offendingValue, shortened } from './offending-value.ts';

/**
 * Field definitions as people write them, flattened to dotted names: `{"title": {"type": "text", "analyzer": "english"}}`,
 * `{"tag": "keyword"}`, objects by `properties`, multi-fields by `fields` (`title.raw`), and what `GET` of an index shows.
 * Throws `invalid`: `bad_field_name`, `bad_field_spec`, `unknown_field_type`, `unknown_analyzer`, `unknown_normalizer`.
 * @param settings the index's analyzers, checked
 */
export function validateFields(fields: unknown, settings?: AnalysisSettings): Record<string, FieldSpec> {
  const specs: Specs = new Map();
  addAll({ specs, analysis: analysisOf(settings) }, '', fields, 1);
  for (const [name, spec] of specs) checkPlace(specs, name, spec);
  return Object.fromEntries(specs);
}

type Specs = Map<string, FieldSpec>;

/** Where definitions are collected. */
interface Collector extends SpecContext {
  readonly specs: Specs;
}

const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function addAll(to: Collector, parent: string, fields: unknown, depth: number): void {
  if (!isObject(fields)) {
    throw badSpec(parent, `must be an object of field names and definitions, not ${offendingValue(fields)}`);
  }
  if (depth > MAX_DEPTH) throw badSpec(parent, `nests more than ${MAX_DEPTH} levels: flatten it`);
  for (const [key, definition] of Object.entries(fields)) {
    const name = childPath(parent, key);
    const problem = key === '' ? fieldNameProblem('') : fieldNameProblem(name);
    if (problem !== undefined) throw badFieldName(name, problem);
    addOne(to, name, typeof definition === 'string' ? { type: definition } : definition, depth);
  }
}

function addOne(to: Collector, name: string, definition: unknown, depth: number): void {
  if (!isObject(definition)) {
    throw badSpec(
      name,
      `must be a type such as "keyword" or an object with a "type", not ${offendingValue(definition)}`,
    );
  }
  if (definition.properties !== undefined) {
    const others = Object.keys(definition).filter((key) => key !== 'properties' && key !== 'type');
    if (others.length > 0 || (definition.type !== undefined && definition.type !== 'object')) {
      throw badSpec(
        name,
        'has "properties", so it is an object and can have no type or setting of its own: leave them out',
      );
    }
    addAll(to, name, definition.properties, depth + 1);
    return;
  }
  addSpec(to.specs, name, fieldSpec(name, definition, to));
  if (definition.fields !== undefined) addMultiFields(to, name, definition.fields);
}

function addMultiFields(to: Collector, source: string, fields: unknown): void {
  const copies: Specs = new Map();
  addAll({ ...to, specs: copies }, source, fields, 1);
  for (const [name, spec] of copies) {
    if (spec.source !== undefined || name.lastIndexOf('.') !== source.length) {
      throw badSpec(
        name,
        `is a multi-field of "${shortened(source)}" and can have none, and no properties, of its own`,
      );
    }
    if (spec.copyTo) throw badSpec(name, `is a multi-field and has "copyTo": give it to "${shortened(source)}"`);
    addSpec(to.specs, name, { ...spec, source });
  }
}

function addSpec(specs: Specs, name: string, spec: FieldSpec): void {
  if (specs.has(name)) throw badSpec(name, 'is defined twice, once as a dotted name: keep one of the two');
  specs.set(name, spec);
}

/** A field has no fields below it but its multi-fields, and those have a field as their source. */
function checkPlace(specs: Specs, name: string, spec: FieldSpec): void {
  for (const target of spec.copyTo ?? []) {
    const found = specs.get(target);
    if (target === name || !found || found.source !== undefined) {
      throw badSpec(
        name,
        `is copied to "${shortened(target)}", which is no other field of its own here: define that field`,
      );
    }
  }
  if (spec.source !== undefined) {
    const source = specs.get(spec.source);
    if (!source || source.source !== undefined) {
      throw badSpec(
        name,
        `takes the values of "${shortened(spec.source)}", which is no field of its own here: define that field`,
      );
    }
    return;
  }
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const above = name.slice(0, dot);
    if (specs.has(above)) {
      throw badSpec(
        above,
        `cannot be a field and an object with "${shortened(name)}" in it: rename one of them, or make it a multi-field by "fields"`,
      );
    }
  }
}
