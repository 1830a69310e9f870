/**
 * The rows of a table, kept by key: a row that stays is changed in place and keeps focus, selection and what was opened in it.
 *
 * @template T
 * @param {HTMLTableSectionElement} body
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => { row: HTMLTableRowElement, update: (item: T) => void }} make called once for each key
 */
export function keyedRows(body, keyOf, make) {
  /** @type {Map<string, { row: HTMLTableRowElement, update: (item: T) => void }>} */
  let shown = new Map();
  return (items) => {
    const next = new Map();
    let place = body.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const made = shown.get(key) ?? make(item);
      next.set(key, made);
      made.update(item);
      if (made.row === place) place = place.nextElementSibling;
      else body.insertBefore(made.row, place);
    }
    for (const [key, { row }] of shown) if (!next.has(key)) row.remove();
    shown = next;
  };
}
