import { corrupt, crc32 } from '#libs/kernel';
import { decodeFooter } from '../footer/footer-reader.ts';
import { HEADER_BYTES, MAGIC } from '../layout.ts';
import type {
  IdRun,
  OpenSegment,
  ReadWave,
  SegmentField,
  SegmentReader,
  SegmentSource,
  TermWatch,
} from '../segment-reader.ts';
import { inRange } from '../unit.ts';
import { SegmentParts } from './segment-parts.ts';
import { SegmentWave } from './segment-wave.ts';

/** What `verify` reads at a time. */
const VERIFY_BYTES = 1 << 20;

/** Id blocks (of about 4 KiB) that a walk over all ids reads at a time. */
const WALK_BLOCKS = 64;

export class RangedSegmentReader implements SegmentReader {
  constructor(private readonly parts: SegmentParts) {}

  get docCount(): number {
    return this.parts.footer.docCount;
  }

  field(name: string): SegmentField | undefined {
    return this.parts.footer.fields.get(name);
  }

  fieldNames(): string[] {
    return [...this.parts.footer.fields.keys()];
  }

  through(source: SegmentSource): SegmentReader {
    return new RangedSegmentReader(this.parts.through(source));
  }

  wave(watch?: TermWatch): ReadWave {
    return new SegmentWave(this.parts, watch);
  }

  async *idBlocks(): AsyncIterable<IdRun> {
    const blocks = this.parts.footer.ids.length;
    for (let first = 0; first < blocks; first += WALK_BLOCKS) {
      const wave = new SegmentWave(this.parts);
      const run = wave.idBlocks(first, Math.min(first + WALK_BLOCKS, blocks));
      await wave.flush();
      for (const { ids, docs } of run.value) {
        yield { ids: Array.from({ length: ids.length }, (_, i) => ids.text(i)), docs };
      }
    }
  }

  async verify(): Promise<void> {
    const header = await this.read(0, HEADER_BYTES);
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== this.parts.footer.version) {
      throw corrupt('this is not a segment: its first bytes are not QSEG and the format version');
    }
    for (const { kind, offset, length, crc32: expected } of this.parts.footer.sections) {
      let crc = 0;
      for (let at = 0; at < length; at += VERIFY_BYTES) {
        crc = crc32(await this.read(offset + at, Math.min(VERIFY_BYTES, length - at)), crc);
      }
      if (crc !== expected)
        throw corrupt(`the section ${kind} at ${offset} fails its checksum`, { kind, offset, length });
    }
  }

  private async read(offset: number, length: number): Promise<Uint8Array> {
    const [bytes] = await this.parts.source.read([{ offset, length }]);
    if (bytes?.length !== length) throw corrupt(`the source answered ${bytes?.length} bytes of ${offset}+${length}`);
    return bytes;
  }
}

/** One range read. Throws `corrupt`, also where the manifest's numbers do not fit the object. */
export const openSegment: OpenSegment = async (source, { footer: { offset, length }, bytes }) => {
  inRange(offset + length, bytes, bytes, 'the end of the footer');
  const [footer] = await source.read([{ offset, length }]);
  if (footer?.length !== length) throw corrupt(`the source answered ${footer?.length} bytes of ${offset}+${length}`);
  return new RangedSegmentReader(new SegmentParts(source, decodeFooter(footer, offset)));
};
