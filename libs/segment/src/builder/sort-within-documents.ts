/** Sorts the values of each document ascending, in place. @param docs of every value, ascending */
export function sortWithinDocuments(values: Uint32Array | Float64Array, docs: Uint32Array, count: number): void {
  for (let i = 0; i < count;) {
    let end = i + 1;
    while (end < count && docs[end] === docs[i]) end++;
    if (end - i > 1) values.subarray(i, end).sort();
    i = end;
  }
}
