import { request, type IncomingMessage } from 'node:http';

export interface ReadEvent {
  readonly id: string;
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

/** A reader of server-sent events that can be told to stop reading, and to go away. */
export class EventReader {
  readonly events: ReadEvent[] = [];
  comments = 0;
  private rest = '';
  private woken = (): void => {};

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.take(text));
    response.on('close', () => this.woken());
    response.on('error', () => {});
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      request(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } }, (response) =>
        resolve(new EventReader(response)),
      )
        .on('error', reject)
        .end();
    });
  }

  get last(): ReadEvent | undefined {
    return this.events.at(-1);
  }

  named(event: string): ReadEvent[] {
    return this.events.filter((read) => read.event === event);
  }

  /** Resolves when the events so far satisfy it; rejects when the stream ended before. */
  async until(satisfied: (reader: this) => boolean): Promise<this> {
    while (!satisfied(this)) {
      if (this.response.closed) throw new Error(`the stream ended after ${JSON.stringify(this.events).slice(0, 2000)}`);
      await this.somethingHappens();
    }
    return this;
  }

  async ended(): Promise<this> {
    while (!this.response.closed) await this.somethingHappens();
    return this;
  }

  close(): void {
    this.response.destroy();
  }

  private somethingHappens(): Promise<void> {
    return new Promise((resolve) => {
      this.woken = resolve;
    });
  }

  private take(text: string): void {
    this.rest += text;
    const blocks = this.rest.split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s) as [string, string]));
      const event = fields.get('event');
      if (event) this.events.push({ id: fields.get('id')!, event, data: JSON.parse(fields.get('data')!) });
      else if (block.startsWith(':')) this.comments++;
    }
    this.woken();
  }
}
