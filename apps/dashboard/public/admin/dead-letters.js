import { actionButton, ask, run } from './actions.js';
import { get, post } from './api.js';
import { element, find, setText, setTone } from './dom.js';
import { count, plural, since } from './format.js';
import { section } from './section.js';

const PAGE = 50;
const MOST = 500;

const keyOf = ({ mailbox, id }) => `${mailbox}:${id}`;
const letters = section('dead-letters', keyOf, makeRow);
const tool = (name) => find(`[name="${name}"]`, letters.node);

/** Keys of the letters that are ticked; only ever of such as are shown. */
const selected = new Map();
let shown = [];
let limit = PAGE;
/** Of the mailboxes, to say how many more there are. */
let dead = new Map();

export function loadLetters() {
  const mailbox = tool('mailbox').value;
  const query = new URLSearchParams({ limit: String(limit), ...(mailbox && { mailbox }) });
  return get(`v1/admin/dead-letters?${query}`);
}

export function showLetters({ deadLetters, next }) {
  shown = deadLetters;
  const keys = new Set(shown.map(keyOf));
  for (const key of selected.keys()) if (!keys.has(key)) selected.delete(key);
  letters.show(shown, next === undefined ? '' : `the oldest ${count(shown.length)}`);
  tool('more').hidden = next === undefined || limit >= MOST;
  showSelection();
}

export const failLetters = (error) => letters.fail(error);

/** Offers the mailboxes that have dead letters, and the one that is chosen. */
export function offerMailboxes(queues) {
  const select = tool('mailbox');
  dead = new Map(queues.map((queue) => [queue.mailbox, queue.dead]));
  const names = queues
    .filter((queue) => queue.dead > 0 || queue.mailbox === select.value)
    .map((queue) => queue.mailbox);
  const options = ['', ...names];
  if (options.join('\n') !== [...select.options].map((option) => option.value).join('\n')) {
    const { value } = select;
    select.replaceChildren(...options.map((name) => element('option', { value: name, text: name || 'all' })));
    select.value = value;
  }
  showSelection();
}

function makeRow(letter) {
  const { mailbox, id, reason, attempts, body, job, kind } = letter;
  const key = keyOf(letter);
  const box = element('input', { type: 'checkbox', 'aria-label': `select ${mailbox} ${id}` });
  box.addEventListener('change', () => {
    if (box.checked) selected.set(key, letter);
    else selected.delete(key);
    showSelection();
  });
  const pre = element('pre', { class: 'code' });
  const details = element('details', {}, [element('summary', { text: 'message' }), pre]);
  details.addEventListener('toggle', () => setText(pre, pretty(body)));
  const state = element('span', { class: 'badge' });
  const died = element('td', { class: 'number', title: letter.diedAt });
  const row = element('tr', { 'data-id': key }, [
    element('td', {}, [box]),
    element('td', {}, [element('div', { class: 'reason', text: reason }), details]),
    element('td', { class: 'address', text: mailbox }),
    element('td', {}, [
      element('div', { class: 'name', text: kind ?? '–' }),
      element('div', { class: 'quiet code', text: job ?? '' }),
      state,
    ]),
    element('td', { class: 'number', text: count(attempts) }),
    died,
    element('td', { class: 'act' }, [
      actionButton('Replay', `replay ${mailbox} ${id}`, () => act('replay', [letter])),
      actionButton('Discard', `discard ${mailbox} ${id}`, () => act('discard', [letter]), true),
    ]),
  ]);
  const update = (latest) => {
    box.checked = selected.has(key);
    state.hidden = latest.state === undefined;
    setText(state, latest.state ?? '');
    setTone(state, latest.state === 'failed' ? 'bad' : undefined);
    setText(died, since(latest.diedAt));
  };
  return { row, update };
}

/** One call for each mailbox. */
async function act(what, chosen) {
  if (what === 'discard' && !(await ask(`Discard ${plural(chosen.length, 'dead letter')} for good?`, 'Discard')))
    return;
  for (const [mailbox, group] of Map.groupBy(chosen, (letter) => letter.mailbox)) {
    await post(`v1/admin/dead-letters/${what}`, { mailbox, ids: group.map(({ id }) => id) });
  }
}

async function actOnAll(what) {
  const mailbox = tool('mailbox').value;
  const question = `${what === 'replay' ? 'Replay' : 'Discard'} all dead letters of ${mailbox}?`;
  if (await ask(question, what === 'replay' ? 'Replay all' : 'Discard all'))
    await post(`v1/admin/dead-letters/${what}`, { mailbox, all: true });
}

function showSelection() {
  for (const name of ['replay', 'discard']) tool(name).disabled = selected.size === 0;
  const of = tool('mailbox').value;
  for (const name of ['replay-all', 'discard-all']) tool(name).hidden = of === '' || !(dead.get(of) > 0);
  const every = tool('every');
  every.checked = shown.length > 0 && selected.size === shown.length;
  every.indeterminate = selected.size > 0 && selected.size < shown.length;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

/** @param {() => void} refresh to be called when something else shall be shown */
export function listenToTools(refresh) {
  tool('every').addEventListener('change', ({ target }) => {
    selected.clear();
    if (target.checked) for (const letter of shown) selected.set(keyOf(letter), letter);
    letters.show(shown, find('.note', letters.node).textContent);
    showSelection();
  });
  tool('mailbox').addEventListener('change', () => {
    limit = PAGE;
    selected.clear();
    refresh();
  });
  tool('more').addEventListener('click', () => {
    limit = Math.min(MOST, limit * 2);
    refresh();
  });
  for (const what of ['replay', 'discard']) {
    tool(what).addEventListener('click', ({ target }) => void run(target, () => act(what, [...selected.values()])));
    tool(`${what}-all`).addEventListener('click', ({ target }) => void run(target, () => actOnAll(what)));
  }
}
