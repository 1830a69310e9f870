import { bytesSource } from '../bytes-source.ts';
import type { FieldType } from '../field-spec.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import { addDocument, finishSegment, newBuilder } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';
import type { NumericColumn } from './column.ts';

async function column(type: FieldType, values: readonly (number | readonly number[])[]): Promise<NumericColumn> {
  const builder = newBuilder();
  values.forEach((value, i) => {
    const list = typeof value === 'number' ? [value] : [...value];
    addDocument(builder, { id: String(i), source: '{}', values: { n: list } }, { n: type });
  });
  const { bytes, meta } = await finishSegment(builder);
  const reader = await openSegment(bytesSource(bytes), meta);
  return flushed(reader, (wave) => wave.numericColumn('n'));
}

const all = ({ raw, base, scale }: NumericColumn): number[] => Array.from(raw, (value) => base + value * scale);

describe('a numeric column', () => {
  it.each([
    ['Uint8Array', [5, 5, 5]],
    ['Uint8Array', [1_700_000_000_000, 1_700_000_000_000 + 255 * 60_000, 1_700_000_060_000]],
    ['Uint16Array', [-300, 300, 1]],
    ['Uint32Array', [0, 70_000, 3]],
    ['Uint32Array', [-Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER + 1, -Number.MAX_SAFE_INTEGER + 0xffff_ffff]],
    ['Float64Array', [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 12]],
    ['Uint8Array', [Number.MAX_SAFE_INTEGER, 1]],
  ])('of integers is kept as %s: %j', async (kind, values) => {
    const read = await column('long', values);
    expect(all(read)).toEqual(values);
    expect(read.raw.constructor.name).toBe(kind);
    expect(read.starts).toBeUndefined();
  });

  it('of doubles gives back every bit', async () => {
    const values = [0.1, -0, 0, Number.MAX_VALUE, Number.MIN_VALUE, -1e-300, 2 ** 53, 2 ** 60, Math.PI];
    const read = await column('double', values);
    expect(all(read).map((value) => Object.is(value, -0))).toEqual(values.map((value) => Object.is(value, -0)));
    expect(all(read)).toEqual(values);
  });

  it('of longs takes -0 for 0', async () => {
    expect((await column('long', [-0, 1])).raw.constructor.name).toBe('Uint8Array');
  });

  it('has a zone map of every 4096 documents, empty zones with min > max', async () => {
    const values = Array.from({ length: 4096 * 3 + 5 }, (_, doc) => {
      const zone = Math.floor(doc / 4096);
      return zone === 1 ? [] : zone === 3 ? [doc, 7] : [doc * 10];
    });
    const read = await column('long', values);
    expect([...read.zoneMins]).toEqual([0, Infinity, 2 * 40_960, 7]);
    expect([...read.zoneMaxs]).toEqual([40_950, -Infinity, 3 * 40_960 - 10, 3 * 4096 + 4]);
    expect(read.starts?.at(-1)).toBe(4096 * 2 + 10);
    expect(all(read).slice(-2)).toEqual([7, 3 * 4096 + 4]);
  });
});
