/** What a file is called in documents and errors; of a staged body, the name that its client gave it. */
export function displayName(url: string): string {
  if (url.startsWith('file://')) return decodeURIComponent(url.slice('file://'.length));
  if (!url.startsWith('staging:')) return url;
  const named = url.indexOf('#');
  // Where a body was put aside (<tenant>/<index>/staging/<job>/documents) is nobody's business.
  return named < 0 ? `upload-${url.split('/').at(-2)}` : decodeURIComponent(url.slice(named + 1));
}
