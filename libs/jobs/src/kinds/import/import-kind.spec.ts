import type { ErrorKind } from '#libs/kernel';
import type { JobContext } from '../../job-kind.ts';
import { ImportKind } from './import-kind.ts';
import type { ImportParts } from './import-task.ts';

it.each<[ErrorKind, string]>([
  ['invalid', 'bad_json'],
  ['unavailable', 'disk_full'],
  ['unavailable', 'store_unavailable'],
  ['internal', 'internal'],
])('an import whose tasks all failed fails as they did: %s %s', async (kind, code) => {
  // Refused before any part is asked.
  const importKind = new ImportKind({} as ImportParts);
  const part = {
    file: 0,
    url: 's3://b/a.ndjson',
    from: 0,
    to: 1,
    size: 1,
    format: 'ndjson',
    compression: 'none',
  } as const;
  const partial = importKind.failed({ parts: [part] }, { plannedAt: 1 }, { kind, code, message: 'why' });
  const spec = importKind.spec.parse({ sources: [part.url] });
  const finished = importKind.finish(partial, { plannedAt: 1 }, spec, {} as JobContext);
  await expect(finished).rejects.toMatchObject({ kind, code, message: 'why' });
});
