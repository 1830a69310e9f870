import { onAction } from './actions.js';
import { failLetters, listenToTools, loadLetters, offerMailboxes, showLetters } from './dead-letters.js';
import { find, setText } from './dom.js';
import { failJobs, loadJobs, showJobs } from './jobs.js';
import { failQueues, loadQueues, showQueues } from './queues.js';
import { showSummary } from './summary.js';
import { failWorkers, loadWorkers, showWorkers } from './workers.js';

const REFRESH_MS = 2_000;

const parts = {
  queues: {
    load: loadQueues,
    show: (answer) => {
      showQueues(answer);
      offerMailboxes(answer.queues);
    },
    fail: failQueues,
  },
  workers: { load: loadWorkers, show: showWorkers, fail: failWorkers },
  jobs: { load: loadJobs, show: showJobs, fail: failJobs },
  letters: { load: loadLetters, show: showLetters, fail: failLetters },
};

let timer;
/** Answers to a question that was asked anew since are not shown. */
let round = 0;

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  const mine = ++round;
  const answers = await Promise.all(Object.entries(parts).map(([name, part]) => refreshPart(name, part, mine)));
  if (mine !== round) return;
  showSummary(Object.fromEntries(answers));
  const reached = answers.some(([, , error]) => error?.code !== 'unreachable');
  const status = find('#status');
  status.dataset.state = reached ? 'live' : 'lost';
  setText(status, reached ? 'live' : 'the server does not answer; trying again …');
  timer = setTimeout(refresh, REFRESH_MS);
}

async function refreshPart(name, { load, show, fail }, mine) {
  try {
    const answer = await load();
    if (mine === round) show(answer);
    return [name, answer];
  } catch (error) {
    if (mine === round) fail(error);
    return [name, undefined, error];
  }
}

const refreshSoon = () => void refresh();
onAction(refreshSoon);
listenToTools(refreshSoon);
document.addEventListener('visibilitychange', refreshSoon);
refreshSoon();
