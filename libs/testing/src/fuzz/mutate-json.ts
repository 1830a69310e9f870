import type { Random } from '#libs/kernel';
import { below, oneOf } from './draw.ts';
import { strangeText, strangeValue } from './strange-values.ts';

interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** A copy of a JSON value with one to four changes: something dropped, renamed, of another type, doubled or moved. */
export function mutateJson(random: Random, value: unknown): unknown {
  const holder = { value: asJson(value) };
  const changes = 1 + below(random, 4);
  for (let i = 0; i < changes; i++) {
    const places = placesOf(holder);
    // The value itself was dropped.
    if (places.length === 0) break;
    change(random, oneOf(random, places), oneOf(random, places));
  }
  return asJson(holder.value);
}

/** As it comes out of a request's text; null for what JSON.stringify itself has not the stack for. */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function placesOf(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const open: (Record<string, unknown> | unknown[])[] = [root];
  // Some thousands are enough to choose from.
  while (open.length > 0 && places.length < 5000) {
    const parent = open.pop()!;
    for (const key of Object.keys(parent).slice(0, 1000)) {
      places.push({ parent, key });
      const child = (parent as Record<string, unknown>)[key];
      if (typeof child === 'object' && child !== null) open.push(child as Record<string, unknown>);
    }
  }
  return places;
}

function change(random: Random, { parent, key }: Place, other: Place): void {
  const at = parent as Record<string, unknown>;
  const current = at[key];
  const set = (target: object, name: string, value: unknown): void => {
    // Not an assignment: `__proto__` is a key like any other.
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  };
  switch (below(random, 9)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete at[key];
      break;
    case 1:
      if (!Array.isArray(parent)) {
        delete at[key];
        set(parent, onceOr(random, other.key, strangeText(random)), current);
      }
      break;
    case 2:
      if (Array.isArray(parent)) parent.push(current);
      else set(parent, onceOr(random, `${key}s`, other.key), asJson(current));
      break;
    case 3:
      set(parent, key, asJson((other.parent as Record<string, unknown>)[other.key]));
      break;
    case 4:
      set(
        parent,
        key,
        oneOf<unknown>(random, [[current], { [key]: current }, [current, current], JSON.stringify(asJson(current))]),
      );
      break;
    case 5:
      set(parent, key, changedScalar(random, current));
      break;
    default:
      set(parent, key, strangeValue(random));
  }
}

const onceOr = (random: Random, first: string, second: string): string => (random.next() < 0.5 ? first : second);

function changedScalar(random: Random, value: unknown): unknown {
  if (typeof value === 'number') return oneOf(random, [-value, value + 0.5, value * 1e6, value - 1, String(value)]);
  if (typeof value === 'string') {
    const cut = below(random, value.length + 1);
    return oneOf(random, [value.slice(cut), value.slice(0, cut) + strangeText(random) + value.slice(cut), `${value}*`]);
  }
  return typeof value === 'boolean' ? !value : strangeValue(random);
}
