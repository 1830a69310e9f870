import { MAX_SHOWN_CHARACTERS } from './limits.ts';

// Deeper than this a value is shown as […] or {…}. JSON.stringify would walk all of a hostile body, and overflow the
// stack on a deep one.
const MAX_SHOWN_DEPTH = 4;

/** An offending value as JSON for an error message, cut to MAX_SHOWN_CHARACTERS; cheap however large the value is. */
export function showValue(value: unknown): string {
  const shown = render(value, MAX_SHOWN_CHARACTERS + 1, 0);
  return shown.length > MAX_SHOWN_CHARACTERS ? `${shown.slice(0, MAX_SHOWN_CHARACTERS - 1)}…` : shown;
}

/** `room` is how many characters are still wanted; what follows may be left out. */
function render(value: unknown, room: number, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (value === null || typeof value !== 'object') return String(value);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? '[]' : '{}';
  if (depth === MAX_SHOWN_DEPTH) return `${open}…${close}`;
  let shown = open!;
  // for…in visits lazily where Object.entries would copy a million keys.
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (shown.length > room) break;
    if (shown.length > 1) shown += ',';
    if (!isArray) shown += `${JSON.stringify(key.slice(0, room))}:`;
    shown += render((value as Record<string, unknown>)[key], room - shown.length, depth + 1);
  }
  return shown + close!;
}
