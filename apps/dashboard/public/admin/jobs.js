import { actionButton, ask } from './actions.js';
import { get, post } from './api.js';
import { element, measure, setText, setTone } from './dom.js';
import { bytes, count, since } from './format.js';
import { section } from './section.js';

const LIMIT = 100;
const UNDER_WAY = 'queued,planning,running,finishing';
const TONES = { running: 'good', finishing: 'good' };

const jobs = section('jobs', (job) => job.id, makeRow);

export const loadJobs = () => get(`v1/admin/jobs?state=${UNDER_WAY}&limit=${LIMIT}`);

export function showJobs({ jobs: items, next }) {
  jobs.show(items, next === undefined ? '' : `the newest ${LIMIT}`);
}

export const failJobs = (error) => jobs.fail(error);

function makeRow({ id, kind, index, tenant }) {
  const state = element('span', { class: 'badge' });
  const progress = measure(`progress of ${kind} ${id}`);
  const age = element('td', { class: 'number' });
  const cancel = actionButton('Cancel', `cancel ${kind} ${id}`, async () => {
    if (await ask(`Cancel the ${kind} of “${index}” (${id})?`, 'Cancel it'))
      await post(`v1/admin/jobs/${encodeURIComponent(id)}/cancel`);
  });
  const row = element('tr', { 'data-id': id }, [
    element('td', {}, [
      element('div', { class: 'name', text: kind }),
      element('div', { class: 'quiet code', text: id }),
    ]),
    element('td', { class: 'name', text: index }),
    element('td', { text: tenant }),
    element('td', {}, [state]),
    element('td', {}, [progress.node]),
    age,
    element('td', { class: 'act' }, [cancel]),
  ]);
  const update = (job) => {
    setText(state, job.state);
    setTone(state, TONES[job.state]);
    progress.set(shareOf(job), wordsOf(job));
    setText(age, since(job.createdAt));
  };
  return { row, update };
}

/** By bytes where they are known: tasks are of very different sizes. */
function shareOf({ progress, work }) {
  if (work.totalBytes > 0) return Math.min(1, work.doneBytes / work.totalBytes);
  return progress.total > 0 ? progress.done / progress.total : 0;
}

function wordsOf({ progress, work }) {
  const words =
    progress.total === 0 ? ['not planned yet'] : [`${count(progress.done)} of ${count(progress.total)} tasks`];
  if (progress.failed > 0) words.push(`${count(progress.failed)} failed`);
  if (work.totalBytes > 0) words.push(`${bytes(work.doneBytes)} of ${bytes(work.totalBytes)}`);
  if (work.documents > 0) words.push(`${count(work.documents)} documents`);
  return words.join(' · ');
}
