/** A server that takes longer is not there. */
const PATIENCE_MS = 10_000;

/** What the server refused, in its words, with the `code` of its problem; or that it was not reached. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = 'unreachable' } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const get = (path) => call('GET', path);
export const post = (path, body) => call('POST', path, body);

/** Paths are relative to the server's root, which may lie below a proxy's. */
async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError('the server does not answer');
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw new ApiError(answer?.detail ?? `${response.status} ${response.statusText}`, {
    status: response.status,
    code: answer?.code,
  });
}
