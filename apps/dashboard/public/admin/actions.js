import { element, find } from './dom.js';

/** How long a refusal stays if nobody puts it away. */
const ALERT_MS = 30_000;

let refreshSoon = () => {};

/** @param {() => void} refresh called after every action */
export function onAction(refresh) {
  refreshSoon = refresh;
}

/** A button that does one thing at a time, says when it failed, and has everything shown anew. */
export function actionButton(text, label, act, grave = false) {
  const button = element('button', { type: 'button', text, 'aria-label': label, class: grave ? 'grave' : undefined });
  button.addEventListener('click', () => void run(button, act));
  return button;
}

export async function run(button, act) {
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    tell(error.message);
  } finally {
    button.disabled = false;
    refreshSoon();
  }
}

/** Resolves with whether the answer was yes. */
export function ask(question, yes) {
  const dialog = find('#question');
  find('p', dialog).textContent = question;
  find('button[value="yes"]', dialog).textContent = yes;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

function tell(message) {
  const close = element('button', { type: 'button', text: 'Close' });
  const alert = element('div', {}, [element('span', { text: message }), close]);
  close.addEventListener('click', () => alert.remove());
  setTimeout(() => alert.remove(), ALERT_MS);
  find('#alerts').append(alert);
}
