/** A file's text, or why it has none. */
export type WholeText =
  { readonly text: string } | { readonly text?: never; readonly problem: 'not_utf8' | 'too_large' };

/** Reads a stream to its end as strict UTF-8, holding at most `maxBytes` of it. Passes on the stream's own errors. */
export async function wholeText(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<WholeText> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string | undefined => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      return undefined;
    }
  };
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) return { problem: 'too_large' };
    const decoded = decode(chunk);
    if (decoded === undefined) return { problem: 'not_utf8' };
    text += decoded;
  }
  const rest = decode();
  return rest === undefined ? { problem: 'not_utf8' } : { text: text + rest };
}
