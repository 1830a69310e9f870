export interface QuarryAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls of one Quarry over HTTP. */
export class QuarryCalls {
  constructor(private readonly url: string) {}

  async call(method: string, path: string, body?: unknown): Promise<QuarryAnswer> {
    const lines = typeof body === 'string';
    const response = await fetch(`${this.url}/v1/indexes${path === '' ? '' : `/${path}`}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': lines ? 'application/x-ndjson' : 'application/json' },
        body: lines ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }

  /** Before a story: it makes what it needs. */
  async dropAllIndexes(): Promise<void> {
    const { body } = await this.call('GET', '');
    for (const { index } of body['indexes'] as { index: string }[]) await this.call('DELETE', index);
  }
}
