/** Names stand in every segment's footer and in every manifest. */
const MAX_NAME_BYTES = 256;

/** What is wrong with a field's full, dotted name, as the end of a sentence; undefined when nothing is. */
export function fieldNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty: give it a name';
  if (name.startsWith('_')) return 'begins with "_", which is reserved: rename it';
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
    return 'has an empty part between its dots: write it as parent.child';
  }
  if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    return `is ${Buffer.byteLength(name)} bytes long, at most ${MAX_NAME_BYTES} are allowed: shorten it`;
  }
  if (!name.isWellFormed()) return 'has half of a surrogate pair in it: rename it';
  return undefined;
}
