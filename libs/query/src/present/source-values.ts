/** A JSON object as it was stored. */
export type Source = Readonly<Record<string, unknown>>;

/**
 * The values at a dotted path, in document order: arrays are taken apart at every level, and a name may hold dots itself
 * (`{"a.b": 1}` is `a.b` too). Objects and nulls are no values.
 */
export function valuesAt(source: unknown, path: string): unknown[] {
  if (Array.isArray(source)) return source.flatMap((item) => valuesAt(item, path));
  if (typeof source !== 'object' || source === null) return [];
  const object = source as Source;
  const found: unknown[] = Object.hasOwn(object, path) ? leaves(object[path]) : [];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    if (Object.hasOwn(object, name)) found.push(...valuesAt(object[name], path.slice(dot + 1)));
  }
  return found;
}

function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return typeof value === 'object' ? [] : [value];
}
