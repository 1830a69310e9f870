import type { HighlightField } from '../search-request.ts';
import type { Mark } from './find-marks.ts';

export interface Fragment {
  readonly text: string;
  /** More different words first, then more marks. */
  readonly score: number;
}

/** The whole text with its marks set. */
export const markAll = (text: string, marks: readonly Mark[], field: HighlightField): string =>
  markRange(text, 0, text.length, marks, field);

/** Stretches of about `fragmentSize` characters around the marks, in order of the text, never within a word. */
export function cutFragments(text: string, marks: readonly Mark[], field: HighlightField): Fragment[] {
  const fragments: Fragment[] = [];
  let used = 0;
  for (let at = 0; at < marks.length;) {
    const first = marks[at]!;
    let count = 1;
    while (at + count < marks.length && marks[at + count]!.end - first.start <= field.fragmentSize) count++;
    const inside = marks.slice(at, at + count);
    const lastEnd = inside.at(-1)!.end;
    // What the marks leave free goes to both sides; what the end of the text cannot take, to the beginning.
    const free = Math.max(0, field.fragmentSize - (lastEnd - first.start));
    const wanted = Math.min(first.start - Math.floor(free / 2), text.length - field.fragmentSize);
    const from = wordStart(text, Math.max(used, wanted), first.start, used);
    const nextMark = marks[at + count]?.start ?? text.length;
    const to = wordEnd(text, Math.min(text.length, Math.max(lastEnd, from + field.fragmentSize)), lastEnd, nextMark);
    const different = new Set(inside.map(({ term }) => term)).size;
    fragments.push({
      text: markRange(text, from, to, inside, field),
      score: different * 1000 + Math.min(inside.length, 999),
    });
    used = to;
    at += count;
  }
  return fragments;
}

function markRange(text: string, from: number, to: number, marks: readonly Mark[], field: HighlightField): string {
  let out = '';
  let at = from;
  for (const { start, end } of marks) {
    out += text.slice(at, start) + field.preTag + text.slice(start, end) + field.postTag;
    at = end;
  }
  return (out + text.slice(at, to)).trim();
}

const SPACE = /\s/;

/** The first word's start at or after `from`, at most `limit`; `from` itself when it is where the text (or rest) begins. */
function wordStart(text: string, from: number, limit: number, begin: number): number {
  if (from <= begin) return begin;
  for (let at = from; at < limit; at++) if (SPACE.test(text[at - 1]!)) return at;
  return limit;
}

/** The last word's end at or before `to`, at least `limit`, and before the next mark. */
function wordEnd(text: string, to: number, limit: number, nextMark: number): number {
  const end = Math.min(to, Math.max(limit, nextMark));
  if (end === text.length) return end;
  for (let at = end; at > limit; at--) if (SPACE.test(text[at]!)) return at;
  return limit;
}
