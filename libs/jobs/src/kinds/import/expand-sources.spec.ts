import type { ObjectStore } from '#libs/object-store';
import { expandSources, MAX_FILES } from './expand-sources.ts';
import { importSpec } from './import-spec.ts';
import type { SourceOpener } from './source-opener.ts';

/** A folder of so many files; `listed` counts those that were asked for. */
function folderOf(count: number): { opener: SourceOpener; listed: () => number } {
  let listed = 0;
  const store: Pick<ObjectStore, 'list'> = {
    async *list(prefix) {
      for (; listed < count; listed++) yield { key: `${prefix}${listed}.json`, size: 1, modifiedAt: 0 };
    },
  };
  const opener: SourceOpener = {
    open: async () => ({ store: store as ObjectStore, key: 'd/', urlOf: (key) => `s3://b/${key}` }),
  };
  return { opener, listed: () => listed };
}

const spec = importSpec.parse({ sources: ['s3://b/d/'] });
const { signal } = new AbortController();

it('takes as many files as allowed', async () => {
  const { opener } = folderOf(MAX_FILES);
  expect(await expandSources(spec, opener, signal)).toHaveLength(MAX_FILES);
});

it('stops listing at the first file too many', async () => {
  const { opener, listed } = folderOf(MAX_FILES * 3);
  await expect(expandSources(spec, opener, signal)).rejects.toMatchObject({ code: 'too_many_files' });
  expect(listed()).toBe(MAX_FILES);
});
