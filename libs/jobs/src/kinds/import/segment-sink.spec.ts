import { encodeUtf8, QuarryError, seededRandom, systemClock, yieldToEventLoop } from '#libs/kernel';
import { bytesSource, openSegment } from '#libs/segment';
import type { SegmentOutput } from '../../building/build-site.ts';
import type { ImportedSegment } from './import-partial.ts';
import { SegmentSink } from './segment-sink.ts';

const MEMORY = 2 ** 20;
/** Of the event loop: whoever computes gives it one every 8 ms, so that what takes so many waits for something else. */
const TURNS = 2000;

/** A store whose uploads take a chunk whenever the test lets them. */
class SlowOutput implements SegmentOutput {
  readonly objects = new Map<string, Uint8Array>();
  begun = 0;
  underWay = 0;
  mostAtOnce = 0;
  stopped = 0;
  failWith: QuarryError | undefined;
  private isOpen = false;
  private opened = Promise.withResolvers<void>();

  open(): void {
    this.isOpen = true;
    this.opened.resolve();
  }

  newSegment(): Promise<{ id: string; key: string }> {
    this.begun++;
    return Promise.resolve({ id: `s${this.begun}`, key: `k${this.begun}` });
  }

  async put(key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.underWay);
    const taken: Uint8Array[] = [];
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
    try {
      for await (const chunk of chunks) {
        if (this.failWith) throw this.failWith;
        taken.push(chunk);
        if (!this.isOpen) await Promise.race([this.opened.promise, stopped]);
      }
      this.objects.set(key, Buffer.concat(taken));
    } catch (error) {
      if (signal.aborted) this.stopped++;
      throw error;
    } finally {
      this.underWay--;
    }
  }
}

const sinkOf = (output: SegmentOutput): SegmentSink =>
  new SegmentSink({ output, clock: systemClock, memoryBytes: MEMORY }, { task: 0, jobAttempt: 1 });

const random = seededRandom(4);
let added = 0;

/** Adds documents until the sink makes one wait, or `limit` were added: then there is nothing that waits. */
async function addUntilItWaits(sink: SegmentSink, limit = 5000): Promise<{ readonly room?: Promise<void> }> {
  for (let i = 0; i < limit; i++) {
    const builder = sink.builder(undefined);
    const text = builder.field('text', { type: 'text' });
    const words = Array.from({ length: 60 }, () => Math.floor(random.next() * 5000).toString(36)).join(' ');
    builder.startDocument(`d${added++}`, encodeUtf8(JSON.stringify({ words })));
    builder.addText(text, words);
    builder.endDocument();
    const room = sink.makeRoom();
    const state = { isMade: false };
    const settle = (): void => void (state.isMade = true);
    room.then(settle, settle);
    for (let turn = 0; turn < TURNS && !state.isMade; turn++) await yieldToEventLoop();
    if (!state.isMade) return { room };
    await room;
  }
  return {};
}

async function idsIn(output: SlowOutput, segments: readonly ImportedSegment[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { key, meta } of segments) {
    const reader = await openSegment(bytesSource(output.objects.get(key)!), meta);
    await reader.verify();
    const wave = reader.wave();
    const documents = wave.documents(Array.from({ length: meta.docCount }, (_, doc) => doc));
    await wave.flush();
    ids.push(...documents.value.map(({ id }) => id));
  }
  return ids;
}

describe('a segment sink', () => {
  beforeEach(() => (added = 0));

  it('builds the next segment while one is written, and then waits for the store', async () => {
    const output = new SlowOutput();
    const sink = sinkOf(output);
    // Up to the moment when the first upload begins.
    while (output.begun === 0) await addUntilItWaits(sink, 1);
    const whenBegun = added;
    const { room } = await addUntilItWaits(sink);
    // The store has taken one chunk; documents went on being added to the next segment, and it waits before it is full as well.
    expect(room).toBeDefined();
    expect(added - whenBegun).toBeGreaterThan(20);
    expect(output).toMatchObject({ begun: 1, underWay: 1 });
    output.open();
    await room;
    expect(await addUntilItWaits(sink, 3 * added)).toEqual({});
    const segments = await sink.finish();
    expect(segments.length).toBeGreaterThan(2);
    expect(output.mostAtOnce).toBe(1);
    expect(await idsIn(output, segments)).toEqual(Array.from({ length: added }, (_, i) => `d${i}`));
  }, 60_000);

  it('fails with what an upload failed with, as soon as documents are added', async () => {
    const output = new SlowOutput();
    output.failWith = new QuarryError('unavailable', 'gone', { code: 'store_unavailable' });
    const sink = sinkOf(output);
    await expect(addUntilItWaits(sink)).rejects.toMatchObject({ code: 'store_unavailable' });
    await sink.abandon();
    expect(output).toMatchObject({ begun: 1, underWay: 0 });
    expect(output.objects.size).toBe(0);
  }, 60_000);

  it('leaves nothing when it is abandoned in the middle of an upload', async () => {
    const output = new SlowOutput();
    const sink = sinkOf(output);
    const { room } = await addUntilItWaits(sink);
    expect(output.underWay).toBe(1);
    await sink.abandon();
    expect(output).toMatchObject({ begun: 1, underWay: 0, stopped: 1 });
    expect(output.objects.size).toBe(0);
    await expect(room).rejects.toMatchObject({ kind: 'cancelled' });
  }, 60_000);
});
