import { MemoryObjectStore } from '#libs/object-store';
import { TargetPlaces } from './target-places.ts';

const places = (ownBucket?: { bucket: string; prefix: string }): TargetPlaces =>
  new TargetPlaces({
    folder: () => new MemoryObjectStore(),
    bucket: () => Promise.resolve(new MemoryObjectStore()),
    ownFolders: ['/data/quarry', '/cache'],
    ...(ownBucket && { ownBucket }),
  });

it.each([
  ['file:///exports/a', 'part', 'file:///exports/a/part'],
  ['file:///exports/a/', 'part', 'file:///exports/a/part'],
  ['file:///data/quarry-exports', 'part', 'file:///data/quarry-exports/part'],
  ['s3://out', 'part', 's3://out/part'],
  ['s3://out/a/b/', 'a/b/part', 's3://out/a/b/part'],
])('%s takes files', async (url, key, shown) => {
  const target = await places({ bucket: 'data', prefix: 'q' }).open(url);
  expect({ key: target.keyOf('part'), url: target.urlOf('part') }).toEqual({ key, url: shown });
});

it.each([
  'file:///',
  'file://host/a',
  'file:///a%00b',
  'file:///a%2Fb',
  's3://',
  's3://B/x',
  's3://out/a//b',
  's3://out/../b',
  's3://out/./b',
  'http://out/',
  'staging:acme/logs',
])('%s is no target', async (url) => {
  await expect(places().open(url)).rejects.toThrow(
    expect.objectContaining({ kind: 'invalid', code: 'bad_target' }) as Error,
  );
});

it.each([
  ['file:///data/quarry'],
  ['file:///data/quarry/acme/logs/manifest'],
  ['file:///data'],
  ['file:///data/x/../quarry/y'],
  ['file:///cache/'],
  ['s3://data'],
  ['s3://data/q'],
  ['s3://data/q/acme/'],
])('%s is our own', async (url) => {
  await expect(places({ bucket: 'data', prefix: 'q' }).open(url)).rejects.toThrow(
    expect.objectContaining({ kind: 'forbidden', code: 'target_not_allowed' }) as Error,
  );
});

it('knows what lies beside our own', async () => {
  const near = places({ bucket: 'data', prefix: 'q' });
  for (const url of ['s3://data/quarry', 's3://data/r/q', 's3://database/q'])
    expect(await near.open(url)).toBeDefined();
  await expect(places({ bucket: 'data', prefix: '' }).open('s3://data/anywhere')).rejects.toThrow('own data');
});
