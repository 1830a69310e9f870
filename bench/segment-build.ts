import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { analyzer as analyzerNamed } from '#libs/analysis';
import { Yielder, encodeUtf8, systemClock } from '#libs/kernel';
import { bytesSource, createSegmentBuilder, openSegment } from '#libs/segment';

/** How fast is a segment built, and how large is it? Usage: segment-build FILE.ndjson [analyzer] [documents] */
const [file = '', analyzer = 'standard', limit = 'Infinity'] = process.argv.slice(2);
const builder = createSegmentBuilder({ analyzer: (name) => analyzerNamed(name) });
const lines: Uint8Array[] = [];
let textBytes = 0;
for await (const line of createInterface({ input: createReadStream(file) })) {
  if (lines.push(encodeUtf8(line)) >= Number(limit)) break;
}
const decoder = new TextDecoder();
const before = process.cpuUsage();
const title = builder.field('title', { type: 'text', analyzer });
const text = builder.field('text', { type: 'text', analyzer });
for (const line of lines) {
  const document = JSON.parse(decoder.decode(line)) as { id: string; title: string; text: string };
  builder.startDocument(document.id, line);
  builder.addText(title, document.title);
  builder.addText(text, document.text);
  builder.endDocument();
  textBytes += line.length;
}
const added = process.cpuUsage(before);
const held = builder.heldBytes;
const built = await builder.finish(new Yielder(systemClock));
const chunks: Uint8Array[] = [];
for await (const chunk of built.chunks()) chunks.push(chunk);
const all = process.cpuUsage(before);
const seconds = (usage: NodeJS.CpuUsage): number => (usage.user + usage.system) / 1e6;
const { meta } = built;
console.log({
  documents: meta.docCount,
  sourceMB: textBytes / 1e6,
  addSeconds: seconds(added),
  totalSeconds: seconds(all),
  MBperCpuSecond: textBytes / 1e6 / seconds(all),
  bytesPerSourceByte: meta.bytes / textBytes,
  footerShare: meta.footer.length / meta.bytes,
  heldPerSourceByte: held / textBytes,
});
const bytes = new Uint8Array(Buffer.concat(chunks));
await (await openSegment(bytesSource(bytes), meta)).verify();
