import { ANY_CHARACTER, ANY_STRING, literal, type Pattern } from './pattern.ts';

/** A part of a wildcard: `*`, `?`, or text to be taken as it stands. */
export type WildcardPart = { readonly kind: 'any_string' | 'any_character' } | { readonly kind: 'text'; text: string };

/** `*` any characters, `?` any one, `\` before what stands for itself; a backslash at the end is one. */
export function wildcardParts(wildcard: string): WildcardPart[] {
  const parts: WildcardPart[] = [];
  const add = (text: string): void => {
    const last = parts.at(-1);
    if (last?.kind === 'text') last.text += text;
    else parts.push({ kind: 'text', text });
  };
  for (let at = 0; at < wildcard.length; at++) {
    const char = wildcard[at]!;
    if (char === '\\') add(wildcard[++at] ?? char);
    else if (char === '?') parts.push({ kind: 'any_character' });
    else if (char !== '*') add(char);
    // Stars side by side are one.
    else if (parts.at(-1)?.kind !== 'any_string') parts.push({ kind: 'any_string' });
  }
  return parts;
}

/** Text with `*`, `?` and `\` made ordinary. */
export const escapeWildcard = (text: string): string => text.replaceAll(/[*?\\]/g, String.raw`\$&`);

export const wildcardPattern = (parts: readonly WildcardPart[]): Pattern => ({
  kind: 'sequence',
  parts: parts.map((part) =>
    part.kind === 'text' ? literal(part.text) : part.kind === 'any_string' ? ANY_STRING : ANY_CHARACTER,
  ),
});
