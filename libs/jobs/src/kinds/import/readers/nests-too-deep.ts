/** Deeper documents could be stored but not given back: JSON.stringify recurses, and at some thousand levels it overflows. */
export const MAX_NESTING = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether a document, valid JSON in UTF-8, nests more than MAX_NESTING levels of objects and arrays. */
export function nestsTooDeep(json: Uint8Array): boolean {
  // Every level takes two bytes, so most documents need no look.
  if (json.length < 2 * MAX_NESTING) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === QUOTE) {
      for (i++; i < json.length && json[i] !== QUOTE; i++) if (json[i] === BACKSLASH) i++;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_NESTING) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

export const nestingProblem = {
  code: 'document_too_deep',
  detail: `the document nests more than ${MAX_NESTING} levels: flatten it`,
};
