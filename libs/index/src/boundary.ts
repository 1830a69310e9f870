import { corrupt, decodeUtf8, encodeUtf8, isQuarryError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { IndexName } from './index-catalog.ts';
import { objectPaths } from './object-paths.ts';

/**
 * MAN-2: the oldest version of an index whose number may still be created, in decimal; no object means 1. It only ever
 * rises, and it rises before any version below it is deleted. One collector at a time moves it (a lease): the store has
 * no conditional replace that would keep two from moving it back.
 */
export class Boundary {
  constructor(private readonly store: ObjectStore) {}

  async read(name: IndexName): Promise<number> {
    const key = objectPaths(name).boundary;
    try {
      const text = decodeUtf8(await this.store.get(key));
      if (!/^[1-9]\d{0,15}$/.test(text)) throw corrupt(`boundary ${key} is damaged: it is not a version`, { key });
      return Number(text);
    } catch (error) {
      if (isQuarryError(error) && error.code === 'object_not_found') return 1;
      throw error;
    }
  }

  /** Moves it up to `version`; a version at or below it changes nothing. */
  async raise(name: IndexName, version: number): Promise<void> {
    if ((await this.read(name)) >= version) return;
    await this.store.put(objectPaths(name).boundary, encodeUtf8(String(version)));
  }
}
