import { ByteReader, corrupt } from '#libs/kernel';
import { ByteStrings } from '../dictionary/byte-strings.ts';
import { FrontDecoder } from '../dictionary/front-coding.ts';
import { inRange } from '../unit.ts';

/** A block of the id index, parsed. */
export class IdBlock {
  readonly ids: ByteStrings;
  readonly docs: Int32Array;
  /** Ids that were asked for as text: hits come again. */
  private readonly texts = new Map<number, string>();

  /** @param entries as the sparse index has it */
  constructor(body: Uint8Array, entries: number, docCount: number) {
    const reader = new ByteReader(body);
    const count = reader.varint();
    // An entry takes at least three bytes.
    if (count !== entries || count > body.length / 3)
      throw corrupt(`an id block holds ${count} ids instead of ${entries}`);
    const ends = new Uint32Array(count);
    this.docs = new Int32Array(count);
    const decoder = new FrontDecoder(2 * body.length);
    for (let i = 0; i < count; i++) {
      ends[i] = decoder.read(reader);
      this.docs[i] = inRange(reader.varint(), 0, docCount - 1, 'a document');
    }
    this.ids = new ByteStrings(decoder.bytes, ends);
  }

  text(place: number): string {
    let text = this.texts.get(place);
    if (text === undefined) this.texts.set(place, (text = this.ids.text(place)));
    return text;
  }
}
