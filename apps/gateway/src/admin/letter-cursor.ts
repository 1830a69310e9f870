import { invalid } from '#libs/kernel';

/** Where a page of dead letters ended: `<mailbox>:<letter>`. No mailbox has a colon in its name. */
export interface LetterCursor {
  readonly mailbox: string;
  readonly id: string;
}

export const cursorText = ({ mailbox, id }: LetterCursor): string => `${mailbox}:${id}`;

/** Throws `invalid` (`bad_parameter`). */
export function parseCursor(text: string): LetterCursor {
  const colon = text.indexOf(':');
  if (colon > 0 && colon < text.length - 1) return { mailbox: text.slice(0, colon), id: text.slice(colon + 1) };
  throw invalid('bad_parameter', `after=${text.slice(0, 200)} is not the "next" of a page before`, {
    parameter: 'after',
  });
}
