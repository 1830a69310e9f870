import { readFileSync } from 'node:fs';

/** The package's version; package.json lies beside dist and beside apps alike. */
export const VERSION: string = (() => {
  for (const up of ['../../../package.json', '../../../../package.json']) {
    try {
      const parsed = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (parsed.name === 'quarry' && parsed.version !== undefined) return parsed.version;
    } catch {
      // Not there: the other place.
    }
  }
  return 'unknown';
})();
