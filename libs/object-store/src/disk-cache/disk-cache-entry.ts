import { ByteReader, ByteWriter, crc32, encodeUtf8 } from '#libs/kernel';

/** "QDCE", little-endian. */
const MAGIC = 0x4543_4451;
/** Magic, version, bytes of the id, bytes of the body, crc32 of id and body. */
export const HEAD_BYTES = 20;
const VERSION = 1;

/** What comes before the body in a file: what the file is, and a checksum over all of it. */
export function entryHead(id: string, body: Uint8Array): Uint8Array {
  const name = encodeUtf8(id);
  return new ByteWriter(HEAD_BYTES + name.length)
    .u32(MAGIC)
    .u32(VERSION)
    .u32(name.length)
    .u32(body.length)
    .u32(crc32(body, crc32(name)))
    .bytes(name)
    .toBytes();
}

/** Whether head and body are what was once written under this id, whole and unaltered. */
export function isEntry(id: string, head: Uint8Array, body: Uint8Array): boolean {
  const name = encodeUtf8(id);
  if (head.length !== HEAD_BYTES + name.length) return false;
  const reader = new ByteReader(head);
  return (
    reader.u32() === MAGIC &&
    reader.u32() === VERSION &&
    reader.u32() === name.length &&
    reader.u32() === body.length &&
    reader.u32() === crc32(body, crc32(name)) &&
    Buffer.compare(head.subarray(HEAD_BYTES), name) === 0
  );
}
