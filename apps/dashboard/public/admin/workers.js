import { actionButton } from './actions.js';
import { get, post } from './api.js';
import { element, measure, setText, setTone } from './dom.js';
import { bytes, count, duration, percent } from './format.js';
import { section } from './section.js';

const workers = section('workers', (member) => member.id, makeRow);

export const loadWorkers = () => get('v1/admin/workers');

export function showWorkers({ workers: items, gateways }) {
  workers.show([...items, ...gateways], items.length === 0 ? 'no worker gives a sign of life: jobs wait' : '');
}

export const failWorkers = (error) => workers.fail(error);

function makeRow({ id, kind, host, pid, version }) {
  let asked = false;
  const isWorker = kind === 'worker';
  const state = element('span', { class: 'badge' });
  const roles = element('td');
  const load = measure(`load of ${id}`);
  const cache = measure(`cache of ${id}`);
  const up = element('td', { class: 'number' });
  const button = actionButton('Drain', '', () =>
    post(`v1/admin/workers/${encodeURIComponent(id)}/${asked ? 'undrain' : 'drain'}`),
  );
  const row = element('tr', { 'data-id': id }, [
    element('td', {}, [
      element('div', { class: 'name', text: `${host} · ${pid}` }),
      element('div', { class: 'quiet code', text: id }),
      element('div', { class: 'quiet', text: version }),
    ]),
    element('td', {}, [state]),
    roles,
    element('td', {}, isWorker ? [load.node] : []),
    element('td', {}, isWorker ? [cache.node] : []),
    up,
    element('td', { class: 'act' }, isWorker ? [button] : []),
  ]);
  const update = (member) => {
    asked = member.drainRequested;
    const [word, tone] = isWorker ? standing(member) : ['gateway', undefined];
    setText(state, word);
    setTone(state, tone);
    setText(roles, member.roles.join(', '));
    setText(up, duration(member.ageMs));
    setText(button, asked ? 'Undrain' : 'Drain');
    button.setAttribute('aria-label', `${asked ? 'undrain' : 'drain'} ${host} ${pid}`);
    load.set(loadShare(member.load), loadWords(member.load));
    cache.set(cacheShare(member.cache), cacheWords(member.cache));
  };
  return { row, update };
}

function standing({ drainRequested, draining, load }) {
  if (drainRequested || draining) return load.running > 0 || !draining ? ['draining …', 'warn'] : ['drained', 'warn'];
  return load.running > 0 ? ['working', 'good'] : ['idle', undefined];
}

const loadShare = ({ running, concurrency }) => (concurrency > 0 ? Math.min(1, running / concurrency) : 0);

const loadWords = ({ running, waiting, concurrency }) =>
  `${count(running)} of ${count(concurrency)} busy${waiting > 0 ? ` · ${count(waiting)} waiting` : ''}`;

const cacheShare = ({ bytes: held, maxBytes }) => (maxBytes > 0 ? Math.min(1, held / maxBytes) : undefined);

function cacheWords({ bytes: held, maxBytes, hits, misses }) {
  if (maxBytes === 0) return 'off';
  const words = `${bytes(held)} of ${bytes(maxBytes)}`;
  return hits + misses === 0 ? words : `${words} · ${percent(hits / (hits + misses))} hits`;
}
