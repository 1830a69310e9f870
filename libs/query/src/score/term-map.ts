/** A map by field and term: two look-ups cost less than one with a key that is put together and hashed for it. */
export class TermMap<T> {
  private readonly fields = new Map<string, Map<string, T>>();
  /** Most queries are about one field. */
  private lastField = '';
  private last: Map<string, T> | undefined;

  get(field: string, term: string): T | undefined {
    if (this.last === undefined || field !== this.lastField) {
      const terms = this.fields.get(field);
      if (terms === undefined) return undefined;
      this.last = terms;
      this.lastField = field;
    }
    return this.last.get(term);
  }

  set(field: string, term: string, value: T): void {
    let terms = this.fields.get(field);
    if (terms === undefined) this.fields.set(field, (terms = new Map()));
    terms.set(term, value);
  }

  /** By field in the order they came, and within one likewise. */
  values(): T[] {
    const all: T[] = [];
    for (const terms of this.fields.values()) for (const value of terms.values()) all.push(value);
    return all;
  }
}
