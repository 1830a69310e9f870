import { actionButton } from './actions.js';
import { get, post } from './api.js';
import { element, find, setText, setTone } from './dom.js';
import { count, duration } from './format.js';
import { section } from './section.js';

const COUNTS = ['ready', 'delayed', 'inFlight', 'dead'];

const queues = section('queues', (queue) => queue.mailbox, makeRow);

export const loadQueues = () => get('v1/admin/queues');

export function showQueues({ queues: items, bullBoard }) {
  queues.show(items, '');
  find('#bull-board').hidden = bullBoard === undefined;
}

export const failQueues = (error) => queues.fail(error);

function makeRow({ mailbox }) {
  let paused = false;
  const badge = element('span', { class: 'badge', text: 'paused', 'data-tone': 'warn' });
  const cells = Object.fromEntries(COUNTS.map((name) => [name, element('td', { class: 'number' })]));
  const oldest = element('td', { class: 'number' });
  const button = actionButton('Pause', '', () =>
    post(`v1/admin/queues/${encodeURIComponent(mailbox)}/${paused ? 'resume' : 'pause'}`),
  );
  const row = element('tr', { 'data-id': mailbox }, [
    element('td', {}, [element('span', { class: 'name', text: mailbox }), document.createTextNode(' '), badge]),
    ...Object.values(cells),
    oldest,
    element('td', { class: 'act' }, [button]),
  ]);
  const update = (queue) => {
    ({ paused } = queue);
    badge.hidden = !paused;
    for (const name of COUNTS) {
      setText(cells[name], count(queue[name]));
      cells[name].classList.toggle('quiet', queue[name] === 0);
    }
    setTone(cells.dead, queue.dead > 0 ? 'bad' : undefined);
    setText(oldest, queue.ready > 0 ? duration(queue.oldestReadyMs) : '–');
    setText(button, paused ? 'Resume' : 'Pause');
    button.setAttribute('aria-label', `${paused ? 'resume' : 'pause'} ${mailbox}`);
  };
  return { row, update };
}
