import { crc32, decodeUtf8, encodeUtf8 } from '#libs/kernel';
import { fuzz, mutateBytes, mutateJson, onceIn } from '#libs/testing';
import { decodeManifest, encodeManifest, type StoredManifest } from './stored-manifest.ts';
import { validateDefinition } from './validate-definition.ts';

const manifest = {
  format: 2,
  version: 7,
  commit: 'c',
  incarnation: 1,
  createdAt: 1_711_000_000_000,
  dropped: false,
  schema: {
    fields: { title: { type: 'text', analyzer: 'english' }, 'title.raw': { type: 'keyword', source: 'title' } },
    dynamic: true,
    maxFields: 1000,
  },
  segments: [
    {
      id: 's1',
      key: 't/i/segment/ab/s1.seg',
      job: 'j1',
      docCount: 10,
      bytes: 1000,
      footer: { offset: 900, length: 100 },
      fields: {
        title: { type: 'text', docCount: 9, tokenCount: 40 },
        size: { type: 'long', docCount: 3, min: 1, max: 9 },
      },
      minId: 'a',
      maxId: 'z',
      deletes: { key: 't/i/deletes/s1/7-c.del', count: 2 },
      superseded: [],
    },
  ],
  jobs: [{ id: 'j1', version: 7, indexed: 10, updated: 0, deleted: 2, committedAt: 1_711_000_000_001 }],
  collectedBefore: 0,
} as unknown as StoredManifest;

const HEAD = 10;
const frameOf = (body: string): Uint8Array => {
  const crc = crc32(encodeUtf8(body)).toString(16).padStart(8, '0');
  return encodeUtf8(`{"crc32":"${crc}","manifest":${body}}`);
};

fuzz('manifests', { kinds: ['corrupt', 'invalid'] }, (random) => {
  const whole = encodeManifest(manifest);
  const body = decodeUtf8(whole.subarray(HEAD + 8 + '","manifest":'.length, whole.length - 1));
  const bytes = onceIn(random, 4) ? whole.slice() : frameOf(JSON.stringify(mutateJson(random, JSON.parse(body))));
  if (onceIn(random, 4)) mutateBytes(random, bytes);
  const read = decodeManifest(bytes, 'key', 7);
  // What was let through is whole: it can be written again.
  expect(decodeManifest(encodeManifest(read), 'key', 7)).toEqual(read);
});

const DEFINITION = {
  fields: {
    title: { type: 'text', analyzer: 'english', fields: { raw: { type: 'keyword', ignore_above: 256 } } },
    tag: 'keyword',
    author: { properties: { name: { type: 'text' }, born: { type: 'date' } } },
    size: { type: 'long' },
  },
  settings: { dynamic: 'strict', maxFields: 500 },
};

fuzz('index-definitions', { kinds: ['invalid'] }, (random) => {
  const { fields } = validateDefinition(mutateJson(random, DEFINITION));
  // What it made of them is a definition with the same meaning.
  if (fields) expect(validateDefinition({ fields }).fields).toEqual(fields);
});
