import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** The page's folder, from source (apps/gateway/src/admin) as from the build (dist/apps/gateway/src/admin). */
const FOLDER = join(
  import.meta.dirname.replace(/[\\/]dist([\\/]apps[\\/]gateway[\\/]src[\\/]admin)$/, '$1'),
  '../../../dashboard/public/admin',
);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface DashboardFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/**
 * The page's files by name: a few kilobytes, read once, so that no path from a request ever reaches the file system. Not
 * sent by @fastify/static: its routes would be none of the controllers', whose guard decides who may see them.
 */
export function readDashboardFiles(): ReadonlyMap<string, DashboardFile> {
  const names = readdirSync(FOLDER).filter((name) => CONTENT_TYPES[extname(name)] !== undefined);
  return new Map(
    names.map((name) => [
      name,
      { contentType: CONTENT_TYPES[extname(name)]!, bytes: readFileSync(join(FOLDER, name)) },
    ]),
  );
}
