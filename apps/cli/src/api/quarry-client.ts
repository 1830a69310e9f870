import { Readable } from 'node:stream';
import { QuarryError, type ErrorKind } from '#libs/kernel';
import type { IndexDescription } from './index-description.ts';
import type { DeletionResult, ExportResult, Job, WriteResult } from './job.ts';
import type { Key, KeyRequest, NewKey } from './key.ts';
import type { SearchResult } from './search-result.ts';

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** Sent as bearer. */
  readonly token?: string;
}

export interface ImportRequest {
  /** `file://…` or `s3://…`, as the server sees it. */
  readonly source: string;
  readonly format?: string;
  readonly onError?: string;
}

export interface DeletionRequest {
  readonly query: unknown;
  readonly conflicts?: string;
  readonly maxDocs?: number;
  readonly minVersion?: number;
  readonly dryRun?: boolean;
}

export interface ExportRequest {
  readonly query?: unknown;
  readonly format?: string;
  readonly compression?: string;
  readonly target?: string;
  readonly fields?: readonly string[];
}

export interface Upload {
  /** What the file is called: the `_id` of a text, so that a second upload replaces it. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format?: string;
  readonly onError?: string;
  readonly contentEncoding?: 'gzip' | 'zstd';
  readonly signal?: AbortSignal;
}

/**
 * The HTTP API, as far as the command line needs it. Every method throws QuarryError: `unavailable` (`no_server`) when
 * nobody answers, else the server's problem with its own code.
 */
/** What a warm-up has read. */
export interface WarmSummary {
  readonly segments: number;
  readonly leftOut: number;
  readonly failed: number;
  readonly gets: number;
  readonly bytes: number;
}

export class QuarryClient {
  constructor(private readonly connection: Connection) {}

  importSource(index: string, request: ImportRequest): Promise<Job<WriteResult>> {
    return this.json('POST', `/v1/indexes/${encodeURIComponent(index)}/imports?wait=0`, { json: request });
  }

  upload(index: string, upload: Upload): Promise<Job<WriteResult>> {
    const query = new URLSearchParams({ wait: '0', name: upload.name });
    if (upload.format) query.set('format', upload.format);
    if (upload.onError) query.set('onError', upload.onError);
    return this.json('POST', `/v1/indexes/${encodeURIComponent(index)}/documents?${query.toString()}`, {
      chunks: upload.chunks,
      headers: {
        'content-type': 'application/octet-stream',
        ...(upload.contentEncoding && { 'content-encoding': upload.contentEncoding }),
      },
      ...(upload.signal && { signal: upload.signal }),
    });
  }

  /** The result, when it was there within `waitMs`; else the job. */
  async search(
    index: string,
    body: unknown,
    waitMs: number,
  ): Promise<{ result: SearchResult; job?: undefined } | { result?: undefined; job: Job<SearchResult> }> {
    const path = `/v1/indexes/${encodeURIComponent(index)}/search?wait=${waitMs}ms`;
    const response = await this.send('POST', path, { json: body });
    return response.status === 202
      ? { job: (await response.json()) as Job<SearchResult> }
      : { result: (await response.json()) as SearchResult };
  }

  /** Answers when the job has ended or `waitMs` is over. */
  job<R>(id: string, waitMs = 0): Promise<Job<R>> {
    return this.json('GET', `/v1/jobs/${encodeURIComponent(id)}${waitMs > 0 ? `?wait=${waitMs}ms` : ''}`);
  }

  /** Newest first. */
  async jobs(filter: Readonly<Record<string, string | undefined>>): Promise<Job[]> {
    const chosen = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const { jobs } = await this.json<{ jobs: Job[] }>('GET', `/v1/jobs?${new URLSearchParams(chosen).toString()}`);
    return jobs;
  }

  cancel(id: string): Promise<Job> {
    return this.json('DELETE', `/v1/jobs/${encodeURIComponent(id)}`);
  }

  retry(id: string): Promise<Job> {
    return this.json('POST', `/v1/jobs/${encodeURIComponent(id)}/retry`);
  }

  async indexes(): Promise<IndexDescription[]> {
    const { indexes } = await this.json<{ indexes: IndexDescription[] }>('GET', '/v1/indexes');
    return indexes;
  }

  warm(index: string, request: { readonly fields?: readonly string[] }): Promise<Job<WarmSummary>> {
    return this.json('POST', `/v1/indexes/${encodeURIComponent(index)}/warm?wait=0`, { json: request });
  }

  deleteByQuery(index: string, request: DeletionRequest): Promise<Job<DeletionResult>> {
    return this.json('POST', `/v1/indexes/${encodeURIComponent(index)}/delete-by-query?wait=0`, { json: request });
  }

  export(index: string, request: ExportRequest): Promise<Job<ExportResult>> {
    return this.json('POST', `/v1/indexes/${encodeURIComponent(index)}/export?wait=0`, { json: request });
  }

  /** What an export without a target has written. Breaks off with `unavailable` when the connection does. */
  async *download(job: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const response = await this.send('GET', `/v1/jobs/${encodeURIComponent(job)}/export`, {
      headers: { accept: '*/*' },
      signal,
    });
    try {
      if (response.body) yield* response.body as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (signal.aborted) throw new QuarryError('cancelled', 'the download was interrupted');
      throw unreachable(this.connection.url, error);
    }
  }

  index(index: string): Promise<IndexDescription> {
    return this.json('GET', `/v1/indexes/${encodeURIComponent(index)}`);
  }

  createKey(request: KeyRequest): Promise<NewKey> {
    return this.json('POST', '/v1/keys', { json: request });
  }

  async keys(): Promise<Key[]> {
    const { keys } = await this.json<{ keys: Key[] }>('GET', '/v1/keys');
    return keys;
  }

  async revokeKey(id: string): Promise<void> {
    await this.send('DELETE', `/v1/keys/${encodeURIComponent(id)}`);
  }

  /** Whether somebody answers there and says that it is healthy. */
  async healthy(): Promise<boolean> {
    return (await this.send('GET', '/healthz')).ok;
  }

  private async json<T>(method: string, path: string, body: Body = {}): Promise<T> {
    return (await (await this.send(method, path, body)).json()) as T;
  }

  private async send(method: string, path: string, body: Body = {}): Promise<Response> {
    const { url, token } = this.connection;
    const headers = {
      accept: 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body.json !== undefined && { 'content-type': 'application/json' }),
      ...body.headers,
    };
    const init: RequestInit = { method, headers, ...(body.signal && { signal: body.signal }) };
    if (body.json !== undefined) init.body = JSON.stringify(body.json);
    // `duplex` is what fetch asks for with a streamed body.
    if (body.chunks) Object.assign(init, { body: Readable.toWeb(Readable.from(body.chunks)), duplex: 'half' });
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, init);
    } catch (error) {
      if (body.signal?.aborted)
        throw new QuarryError('cancelled', body.chunks ? INTERRUPTED_UPLOAD : 'the request was interrupted');
      throw unreachable(url, error);
    }
    if (response.ok) return response;
    throw await problem(response, url);
  }
}

interface Body {
  readonly json?: unknown;
  readonly chunks?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const INTERRUPTED_UPLOAD = 'the upload was interrupted; nothing was indexed';

function unreachable(url: string, error: unknown): QuarryError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  if (cause?.code === 'ECONNREFUSED') {
    return new QuarryError('unavailable', `no Quarry at ${url}: start it with npm start`, { code: 'no_server' });
  }
  // Reading our own source failed, not the connection.
  if (cause === undefined && (error as { code?: string }).code !== undefined) throw error;
  const reason = cause?.message || cause?.code || (error as Error).message;
  return new QuarryError('unavailable', `the connection to ${url} failed: ${reason}`, { code: 'connection_failed' });
}

const KIND_BY_STATUS: Record<number, ErrorKind> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'overloaded',
  500: 'internal',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

/** A problem+json answer as the error it was; any other answer that is no success is somebody else's server. */
async function problem(response: Response, url: string): Promise<QuarryError> {
  const kind = KIND_BY_STATUS[response.status] ?? 'invalid';
  try {
    const { detail, title, code } = (await response.json()) as { detail?: string; title?: string; code?: string };
    if (code) return new QuarryError(kind, detail ?? title ?? code, { code, details: { status: response.status } });
  } catch {
    // Not JSON: said below.
  }
  return new QuarryError(kind, `${url} answered ${response.status} and is no Quarry, or something between failed`, {
    code: 'unexpected_answer',
    details: { status: response.status },
  });
}
