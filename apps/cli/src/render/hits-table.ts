import pc from 'picocolors';
import type { Hit, SearchResult } from '../api/search-result.ts';
import { cellText, bodyField, fieldValue, oneLine, titleField } from './hit-title.ts';
import { plainTable } from './plain-table.ts';
import { formatCount } from './quantities.ts';
import { shortIds } from './short-ids.ts';
import { characterWidth, textWidth } from './text-width.ts';

/** Around a highlighted word in what the server sends: characters that no text has. */
export const MARK_START = '\uE000';
export const MARK_END = '\uE001';

export interface HitsTableOptions {
  /** Columns; none: a title-like field, and of the rest what matched or else how it begins. */
  readonly fields: readonly string[];
  readonly width: number;
}

/** The result for a person: a line about it all, then a row for each hit. */
export function hitsTable(result: SearchResult, options: HitsTableOptions): string {
  const lines = [summary(result)];
  if (result.hits.length > 0) lines.push('', table(result.hits, options));
  return lines.join('\n');
}

function summary({ total, hits, took, version, shards, coverage }: SearchResult): string {
  const count = total ? `${formatCount(total.value)}${total.relation === 'gte' ? '+' : ''}` : formatCount(hits.length);
  const parts = [`${pc.bold(count)} ${(total?.value ?? hits.length) === 1 ? 'hit' : 'hits'}`];
  if (hits.length > 0 && total && total.value > hits.length)
    parts.push(`the first ${hits.length === 1 ? '' : `${hits.length} `}of them`);
  if (took !== undefined) parts.push(`${took} ms`);
  if (version !== undefined) parts.push(`version ${version}`);
  if (coverage !== undefined && coverage < 1) {
    const failed = shards?.failed ? `, ${shards.failed} of ${shards.total} shards failed` : '';
    parts.push(pc.yellow(`covers ${Math.floor(coverage * 100)}%${failed}`));
  }
  return parts.join(pc.dim(' · '));
}

function table(hits: readonly Hit[], { fields, width }: HitsTableOptions): string {
  const ids = shortIds(hits.map(({ _id: id }) => oneLine(id)));
  const scored = hits.some(({ _score: score }) => typeof score === 'number');
  const fixed = [
    ...(scored ? [{ head: 'score', cells: hits.map(({ _score: score }) => score?.toFixed(2) ?? '') }] : []),
    { head: 'id', cells: ids },
  ];
  const named = fields.map((field) => ({ head: field, cells: hits.map((hit) => markedText(hit, field)) }));
  const titles = hits.map(({ _source: source }) => titleField(source));
  const told = [
    { head: 'title', cells: hits.map((hit, i) => (titles[i] === undefined ? '' : markedText(hit, titles[i]))) },
    { head: 'text', cells: hits.map((hit, i) => restText(hit, titles[i])) },
  ];
  const free = named.length > 0 ? named : told.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const fixedWidths = fixed.map(({ head, cells }) => Math.max(textWidth(head), ...cells.map(textWidth)));
  // cli-table3 counts the space between columns as part of none; it is two characters.
  const left = Math.max(20, width - fixedWidths.reduce((sum, one) => sum + one + 2, 0) - 2 * (free.length - 1));
  const natural = free.map(({ head, cells }) =>
    Math.max(textWidth(head), ...cells.map((cell) => textWidth(visible(cell)))),
  );
  const widths = [...fixedWidths, ...shared(natural, left)];
  const columns = [...fixed, ...free];
  const rows = hits.map((_, row) => columns.map(({ cells }, column) => cut(cells[row]!, widths[column]!)));
  return plainTable(
    columns.map(({ head }) => head),
    rows,
  );
}

/** Widths for the free columns: what they need, or else equal parts of what the narrower ones leave. */
function shared(natural: readonly number[], width: number): number[] {
  const widths = natural.map(() => 0);
  let left = width;
  const byNeed = natural.map((_, i) => i).toSorted((a, b) => natural[a]! - natural[b]!);
  for (const [rank, i] of byNeed.entries()) {
    widths[i] = Math.max(1, Math.min(natural[i]!, Math.floor(left / (natural.length - rank))));
    left -= widths[i];
  }
  return widths;
}

/**
 * What matched outside the title. A value that matched as a whole (a keyword, mostly) says little of the document: when
 * nothing else matched, the document's longest text follows from its beginning.
 */
function restText({ _source: source, highlight = {} }: Hit, title: string | undefined): string {
  const fragments = Object.entries(highlight)
    .filter(([field]) => field !== title && field !== `${title}.keyword`)
    .flatMap(([, found]) => found.map(oneLine));
  const isWhole = (fragment: string): boolean =>
    fragment.startsWith(MARK_START) && fragment.indexOf(MARK_END) === fragment.length - 1;
  const telling = fragments.filter((fragment) => !isWhole(fragment));
  const body = bodyField(source, title);
  const begin = telling.length === 0 && body !== undefined ? [cellText(fieldValue(source, body))] : [];
  const whole = fragments.filter((fragment) => isWhole(fragment) && !telling.some((text) => text.includes(fragment)));
  return [...new Set(telling.length > 0 ? [...telling, ...whole] : [...whole, ...begin])].join(' … ');
}

/** A field with what matched in it marked. */
export function markedText({ _source: source, highlight }: Hit, field: string): string {
  const value = fieldValue(source, field);
  const fragments = highlight?.[field]?.map(oneLine) ?? [];
  if (Array.isArray(value)) {
    // A value that occurs inside another must not be marked there.
    return cellText(value.map((item) => fragments.find((one) => visible(one) === cellText(item)) ?? item));
  }
  let text = cellText(value);
  for (const fragment of fragments) text = text.replace(visible(fragment), () => fragment);
  return text;
}

const visible = (text: string): string => text.replaceAll(MARK_START, '').replaceAll(MARK_END, '');

/** At most `width` visible characters, with marks turned into colour. */
function cut(text: string, width: number): string {
  const tooLong = textWidth(visible(text)) > width;
  let room = tooLong ? width - 1 : width;
  let out = '';
  let word: string | undefined;
  const flush = (): void => {
    if (word !== undefined) out += pc.bold(pc.yellow(word));
    word = undefined;
  };
  for (const character of text) {
    if (character === MARK_START) word = '';
    else if (character === MARK_END) flush();
    else {
      room -= characterWidth(character);
      if (room < 0) break;
      if (word === undefined) out += character;
      else word += character;
    }
  }
  flush();
  return tooLong ? `${out}…` : out;
}
