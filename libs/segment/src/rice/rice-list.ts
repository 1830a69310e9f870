import { type ByteReader, type ByteWriter, corrupt } from '#libs/kernel';
import { inRange } from '../unit.ts';
import { MAX_RICE_WIDTH, riceWidth } from './rice-parameter.ts';

/** Fewer values than this are written as varints: the width and two paddings would cost more than they save. */
export const SHORTEST_RICE_LIST = 8;

/**
 * A list of fewer than a block of integers below 2^31: u8 width of the low parts, the high parts in unary (for each value as
 * many zeros and a one), the low parts; bits from the lowest of a byte on, both parts padded to bytes with zeros.
 */
export function writeRiceList(out: ByteWriter, values: Int32Array, at: number, count: number): void {
  const width = riceWidth(values, at, count);
  out.u8(width);
  let byte = 0;
  let used = 0;
  for (let i = at; i < at + count; i++) {
    used += values[i]! >>> width;
    for (; used >= 8; used -= 8) {
      out.u8(byte);
      byte = 0;
    }
    byte |= 1 << used++;
    if (used < 8) continue;
    out.u8(byte);
    byte = used = 0;
  }
  if (used > 0) out.u8(byte);
  byte = used = 0;
  for (let i = at; i < at + count; i++) {
    for (let done = 0; done < width;) {
      const bits = Math.min(8 - used, width - done);
      byte |= ((values[i]! >>> done) & ((1 << bits) - 1)) << used;
      used += bits;
      done += bits;
      if (used < 8) continue;
      out.u8(byte);
      byte = used = 0;
    }
  }
  if (used > 0) out.u8(byte);
}

/** Reads what `writeRiceList` wrote into out[0 … count). Throws `corrupt`. */
export function readRiceList(reader: ByteReader, count: number, out: Int32Array): void {
  const width = inRange(reader.u8(), 0, MAX_RICE_WIDTH, 'a bit width');
  const highest = 0x7fff_ffff >>> width;
  let high = 0;
  for (let i = 0; i < count;) {
    const byte = reader.u8();
    for (let bit = 0; bit < 8; bit++) {
      if ((byte & (1 << bit)) === 0) {
        high++;
        continue;
      }
      if (i === count) throw corrupt(`a list has more than ${count} values`);
      if (high > highest) throw corrupt('a value of a list has more than 31 bits');
      out[i++] = high << width;
      high = 0;
    }
  }
  let byte = 0;
  let left = 0;
  for (let i = 0; i < count; i++) {
    for (let done = 0; done < width;) {
      if (left === 0) {
        byte = reader.u8();
        left = 8;
      }
      const bits = Math.min(left, width - done);
      out[i]! |= (byte & ((1 << bits) - 1)) << done;
      byte >>>= bits;
      left -= bits;
      done += bits;
    }
  }
}
