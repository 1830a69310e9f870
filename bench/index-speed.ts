import { Yielder, systemClock } from '#libs/kernel';
import { DocumentMapper, inferFields, type IndexSchema } from '#libs/index';
import { analyzer } from '#libs/analysis';
import { createSegmentBuilder } from '#libs/segment';
import { loadCorpus } from './corpus.ts';
import { table } from './report.ts';

export interface IndexSpeedOptions {
  readonly corpus: string | undefined;
  readonly limit: number;
  /** What one task may hold; a segment is written when half of it is held, as in the product. */
  readonly memoryBytes: number;
}

/**
 * Source text per CPU second through the path of the import job: JSON parse, mapping, analysis, building, encoding, with
 * positions and stored fields. CPU seconds are the process's, all threads.
 */
export async function indexSpeed({ corpus, limit, memoryBytes }: IndexSpeedOptions): Promise<void> {
  const { name, documents, bytes } = await loadCorpus(corpus, limit);
  const lines = documents.map(({ id, body }) => Buffer.from(JSON.stringify({ _id: id, body })));
  const none: IndexSchema = { fields: { body: { type: 'text' } }, dynamic: true, maxFields: 1000 };
  // Warm-up: the optimizing compiler has seen the loops.
  await run(lines.slice(0, 2000), none, memoryBytes);
  const began = process.cpuUsage();
  const wall = performance.now();
  const { segments, segmentBytes, peakBytes, peakHeld } = await run(lines, none, memoryBytes);
  const used = process.cpuUsage(began);
  const cpuSeconds = (used.user + used.system) / 1e6;
  const wallSeconds = (performance.now() - wall) / 1000;
  table(
    [
      'corpus',
      'documents',
      'text MB',
      'CPU s',
      'wall s',
      'MB / CPU s',
      'segments',
      'bytes / source byte',
      'held MiB',
      'grown RSS MiB',
    ],
    [
      [
        name,
        String(documents.length),
        (bytes / 1e6).toFixed(1),
        cpuSeconds.toFixed(2),
        wallSeconds.toFixed(2),
        (bytes / 1e6 / cpuSeconds).toFixed(2),
        String(segments),
        (segmentBytes / bytes).toFixed(3),
        (peakHeld / 2 ** 20).toFixed(0),
        (peakBytes / 2 ** 20).toFixed(0),
      ],
    ],
  );
}

async function run(
  lines: readonly Uint8Array[],
  given: IndexSchema,
  memoryBytes: number,
): Promise<{ segments: number; segmentBytes: number; peakBytes: number; peakHeld: number }> {
  let builder = createSegmentBuilder({ analyzer });
  let schema = given;
  schema = { ...schema, fields: { ...schema.fields, ...inferFields(schema, [JSON.parse(String(lines[0]))]) } };
  const mapper = new DocumentMapper(schema);
  const before = process.memoryUsage.rss();
  let segments = 0;
  let segmentBytes = 0;
  let peakBytes = 0;
  let peakHeld = 0;
  const measure = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss() - before);
  };
  const flush = async (): Promise<void> => {
    const built = builder.finish(new Yielder(systemClock));
    for await (const chunk of built.chunks()) segmentBytes += chunk.length;
    measure();
    segments++;
    builder = createSegmentBuilder({ analyzer });
  };
  for (const [at, line] of lines.entries()) {
    mapper.write(mapper.check(JSON.parse(Buffer.from(line).toString()), ''), line, builder);
    if (at % 500 === 0) {
      measure();
      peakHeld = Math.max(peakHeld, builder.heldBytes);
    }
    if (builder.heldBytes >= memoryBytes / 2) await flush();
  }
  if (builder.docCount > 0) await flush();
  return { segments, segmentBytes, peakBytes, peakHeld };
}
