import { crc32, encodeUtf8, isQuarryError } from '#libs/kernel';
import { decodeManifest, encodeManifest, type StoredManifest } from './stored-manifest.ts';

const manifest: StoredManifest = {
  format: 1,
  version: 3,
  commit: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  incarnation: 1,
  createdAt: 1_700_000_000_000,
  dropped: false,
  schema: {
    fields: { title: { type: 'text', analyzer: 'english' }, n: { type: 'long', dynamic: true } },
    dynamic: true,
    maxFields: 1000,
  },
  segments: [
    {
      id: 's1',
      key: 'acme/logs/segment/00/s1.seg',
      job: 'j1',
      docCount: 3,
      bytes: 1234,
      footer: { offset: 1000, length: 234 },
      fields: {
        title: { type: 'text', docCount: 3, tokenCount: 9 },
        n: { type: 'long', docCount: 2, min: -1, max: 4.5 },
      },
      minId: 'a',
      maxId: 'ü\u{1f600}',
      superseded: [],
      deletes: { key: 'acme/logs/deletes/s1/2.del', count: 1 },
    },
  ],
  jobs: [{ id: 'j1', version: 2, indexed: 2, updated: 1, deleted: 0, committedAt: 1_700_000_000_001 }],
};
const framed = (body: string): Uint8Array =>
  encodeUtf8(`{"crc32":"${crc32(encodeUtf8(body)).toString(16).padStart(8, '0')}","manifest":${body}}`);
const failure = (bytes: Uint8Array, version = 3): { kind: string; code: string; message: string } => {
  try {
    decodeManifest(bytes, 'k.json', version);
  } catch (error) {
    if (isQuarryError(error)) return error;
    throw error;
  }
  throw new Error('decoded');
};

describe('the stored manifest', () => {
  const bytes = encodeManifest(manifest);

  it('survives the round trip and is plain JSON', () => {
    expect(decodeManifest(bytes, 'k.json', 3)).toEqual(manifest);
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ manifest: { version: 3 } });
  });

  it('is of format 3 with analyzers of its own, collected or not', () => {
    const analysis = { analyzer: { mine: { type: 'english', stopwords: ['x'] } } };
    const fields = { t: { type: 'text', analyzer: 'mine', searchAnalyzer: 'standard', copyTo: ['u'] } } as const;
    const own: StoredManifest = { ...manifest, format: 3, schema: { ...manifest.schema, fields, analysis } };
    for (const each of [own, { ...own, collectedBefore: 1_600_000_000_000 }]) {
      expect(decodeManifest(encodeManifest(each), 'k.json', 3)).toEqual(each);
    }
  });

  it('is of format 2 where segments have been collected, and only there', () => {
    const collected: StoredManifest = { ...manifest, format: 2, collectedBefore: 1_600_000_000_000 };
    expect(decodeManifest(encodeManifest(collected), 'k.json', 3)).toEqual(collected);
    expect(failure(encodeManifest({ ...manifest, format: 2 })).kind).toBe('corrupt');
    expect(failure(encodeManifest({ ...collected, format: 1 })).kind).toBe('corrupt');
  });

  it('is corrupt when any bit flips', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      expect(failure(damaged).kind).toBe('corrupt');
    }
  });

  it('is corrupt when cut short, empty, lengthened, or under another number', () => {
    for (const length of [0, 1, 30, 33, 34, bytes.length - 1]) {
      expect(failure(bytes.subarray(0, length)).kind).toBe('corrupt');
    }
    expect(failure(Buffer.concat([bytes, encodeUtf8(' ')])).kind).toBe('corrupt');
    expect(failure(bytes, 4).kind).toBe('corrupt');
  });

  it('refuses another format with the way out, and a shape it does not know', () => {
    expect(failure(framed('{"format":4}'))).toMatchObject({ kind: 'invalid', code: 'unknown_format' });
    expect(failure(framed('{"format":1,"version":3}'))).toMatchObject({ kind: 'corrupt' });
    expect(failure(framed('null'))).toMatchObject({ kind: 'corrupt' });
    expect(failure(framed('{'))).toMatchObject({ kind: 'corrupt' });
  });
});
