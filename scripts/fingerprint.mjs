import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { inRoot } from './paths.mjs';

const SOURCES = [
  'apps',
  'bench',
  'config',
  'libs',
  'package-lock.json',
  'package.json',
  'tsconfig.build.json',
  'tsconfig.json',
];
const IS_BUILT = /(?<!\.spec|\.e2e-spec)\.ts$|\.json$/;

/** Changes whenever a file that the build reads is added, removed or written. Undefined where there are no sources. */
export function fingerprintSources() {
  const hash = createHash('sha256');
  let files = 0;
  const visit = (path) => {
    const stat = statSync(inRoot(path), { throwIfNoEntry: false });
    if (!stat) return;
    if (!stat.isDirectory()) {
      if (!IS_BUILT.test(path)) return;
      if (path.endsWith('.ts')) files++;
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(inRoot(path)).toSorted()) visit(`${path}/${name}`);
  };
  for (const source of SOURCES) visit(source);
  return files > 0 ? hash.digest('hex') : undefined;
}
