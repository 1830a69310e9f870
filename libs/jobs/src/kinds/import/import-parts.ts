import type { ThreadPool } from '#libs/threads';
import type { BuildParts } from '../../building/build-site.ts';
import type { SourceOpener } from './source-opener.ts';

export interface ImportParts extends BuildParts {
  readonly opener: SourceOpener;
  /** Where tasks compute; without it, in this thread. */
  readonly threads?: Pick<ThreadPool, 'run'>;
}
