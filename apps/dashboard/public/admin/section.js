import { find, setText, setTone } from './dom.js';
import { keyedRows } from './keyed-rows.js';

/** One of the page's sections: its rows, its note, and what it says when it has none or could not be had. */
export function section(id, keyOf, make) {
  const node = find(`#${id}`);
  const note = find('.note', node);
  const empty = find('.empty', node);
  const table = find('table', node);
  const showRows = keyedRows(find('tbody', node), keyOf, make);
  return {
    node,
    show(items, words) {
      showRows(items);
      table.hidden = items.length === 0;
      empty.hidden = items.length > 0;
      delete node.dataset.stale;
      setText(note, words);
      setTone(note, undefined);
    },
    /** What was shown before stays, as of then. */
    fail(error) {
      node.dataset.stale = '';
      setText(note, error.message);
      setTone(note, 'bad');
    },
  };
}
