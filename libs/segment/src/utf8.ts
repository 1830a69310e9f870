import { corrupt } from '#libs/kernel';

// ignoreBOM: U+FEFF at the start of a term or an id is part of it and must come back.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict: malformed UTF-8 throws `corrupt`. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw corrupt('malformed UTF-8 in a segment', { cause: String(cause) });
  }
}

/**
 * The string as a segment keeps it. Lone surrogates become U+FFFD (UTF-8 has no form for them, and two strings that
 * would be written the same must be one term), and the characters are the string's own: V8 lets a substring of 13 or
 * more units point into its parent, which would keep whole documents alive.
 */
export function ownText(text: string): string {
  if (text.length < 13 && text.isWellFormed()) return text;
  return Buffer.from(text, 'utf8').toString('utf8');
}
