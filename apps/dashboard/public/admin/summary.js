import { element, find, setText, setTone } from './dom.js';
import { count, duration } from './format.js';

/** The line at the top: is anything wrong? */
const tiles = new Map();

/** An answer that could not be had is undefined, and its numbers are unknown. */
export function showSummary({ queues, workers, jobs }) {
  const sum = (name) => queues?.queues.reduce((total, queue) => total + queue[name], 0);
  const waiting = queues?.queues.filter((queue) => queue.ready > 0).map((queue) => queue.oldestReadyMs) ?? [];
  const oldest = waiting.length === 0 ? undefined : Math.max(...waiting);
  const dead = sum('dead');
  const present = workers?.workers.length;
  tile('Jobs under way', jobs && `${count(jobs.jobs.length)}${jobs.next === undefined ? '' : '+'}`);
  tile('Messages ready', shown(sum('ready')));
  tile('In flight', shown(sum('inFlight')));
  tile('Oldest waits', oldest === undefined ? undefined : duration(oldest), oldest > 60_000 ? 'warn' : undefined);
  tile('Workers', shown(present), present === 0 ? 'bad' : undefined);
  tile('Dead letters', shown(dead), dead > 0 ? 'bad' : undefined);
}

const shown = (value) => (value === undefined ? undefined : count(value));

function tile(name, value, tone) {
  if (!tiles.has(name)) {
    const made = element('dd');
    tiles.set(name, made);
    find('#summary').append(element('div', {}, [element('dt', { text: name }), made]));
  }
  const node = tiles.get(name);
  setText(node, value ?? '–');
  setTone(node, tone);
}
