import { characterWidth, textWidth } from './text-width.ts';

/** A ULID fits whole: 26. */
const ID_WIDTH = 26;

/** Ids that fit: of a path or URL the end tells one from another, so what they all begin with goes first. */
export function shortIds(ids: readonly string[]): string[] {
  if (ids.every((id) => textWidth(id) <= ID_WIDTH)) return [...ids];
  const folder = ids.reduce((common, id) => {
    let shared = 0;
    while (shared < common.length && common[shared] === id[shared]) shared++;
    return common.slice(0, shared);
  });
  const skipped = folder.slice(0, folder.lastIndexOf('/') + 1);
  return ids.map((id) => {
    const short = skipped.length > 2 ? `…/${id.slice(skipped.length)}` : id;
    if (textWidth(short) <= ID_WIDTH) return short;
    if (short.includes('/')) return `…${lastPart(short, ID_WIDTH - 1)}`;
    const half = Math.floor((ID_WIDTH - 1) / 2);
    return `${firstPart(short, half)}…${lastPart(short, ID_WIDTH - 1 - half)}`;
  });
}

function firstPart(characters: Iterable<string>, width: number): string {
  return taken(characters, width).join('');
}

function lastPart(text: string, width: number): string {
  return taken(Array.from(text).toReversed(), width).toReversed().join('');
}

/** The first characters that fit into `width` columns. */
function taken(characters: Iterable<string>, width: number): string[] {
  let left = width;
  const out: string[] = [];
  for (const character of characters) {
    left -= characterWidth(character);
    if (left < 0) break;
    out.push(character);
  }
  return out;
}
