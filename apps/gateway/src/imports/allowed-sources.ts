import type { Settings } from '#config';
import { forbidden } from '#libs/kernel';
import type { Caller } from '#libs/identity';

/**
 * An import reads with the server's own rights. Once callers are told apart, those are not theirs: the machine's files (among them
 * perhaps the store itself) belong to the installation, and the bucket that holds every tenant's data is never a source.
 * Throws `forbidden` (`source_not_allowed`).
 */
export function refuseForeignSources(
  { auth, store }: Pick<Settings, 'auth' | 'store'>,
  caller: Caller,
  sources: readonly string[],
): void {
  if (auth.mode === 'off' || caller.scopes.has('operator')) return;
  for (const source of sources) {
    if (source.startsWith('file:'))
      throw notAllowed(source, 'files of the server are read for operators only; upload it');
    if (store.kind === 's3' && reaches(source, store))
      throw notAllowed(source, "it is, or holds, this Quarry's own data");
  }
}

/** Whether the source is in the store, or a prefix that the store is in. */
function reaches(source: string, { bucket, prefix }: { bucket: string; prefix: string }): boolean {
  const [, named, key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(source) ?? [];
  if (named !== bucket) return false;
  const root = prefix === '' ? '' : `${prefix}/`;
  return `${key}/`.startsWith(root) || root.startsWith(key);
}

const notAllowed = (source: string, why: string): Error =>
  forbidden('source_not_allowed', `"${source.slice(0, 200)}" may not be imported: ${why}`);
