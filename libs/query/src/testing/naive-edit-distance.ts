/** Edits between two words, by the recursive definition; a swap of neighbours is one edit where it is allowed. */
export function naiveEditDistance(a: readonly string[], b: readonly string[], transpositions: boolean): number {
  const known = new Map<string, number>();
  const distance = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j;
    const key = `${i} ${j}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const candidates = [
      distance(i - 1, j) + 1,
      distance(i, j - 1) + 1,
      distance(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
    ];
    const swapped = transpositions && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    if (swapped) candidates.push(distance(i - 2, j - 2) + 1);
    const least = Math.min(...candidates);
    known.set(key, least);
    return least;
  };
  return distance(a.length, b.length);
}
