import pLimit from 'p-limit';
import { jitteredBackoffMs, QuarryError, type Clock, type Ids, type Random } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { encodeDeletedDocs } from '#libs/segment';
import { GroupRunner } from './group-runner.ts';
import type { IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import { objectPaths } from './object-paths.ts';
import type { StoredManifest } from './stored-manifest.ts';
import { draftAfter, manifestOf, type Edit, type VersionDraft } from './version-draft.ts';

/** Changes that become one version: enough to absorb a burst, few enough that one group's resolving stays short. */
const GROUP_EDITS = 64;
/**
 * Of every round somebody wins, so a committer that loses this often shares the index with dozens of others, and its
 * caller should slow down.
 */
const ATTEMPTS = 100;
const BACKOFF_BASE_MS = 10;
const BACKOFF_MAX_MS = 1_000;
const BITMAPS_AT_ONCE = 8;

export interface CommitterParts {
  readonly store: ObjectStore;
  readonly log: ManifestLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
}

type AnyEdit = Edit<unknown>;
type Answers = PromiseSettledResult<(manifest: Manifest | undefined) => unknown>[];

/**
 * The commit protocol (DESIGN §4): read the newest version, fold the waiting edits into the next, create it if absent,
 * and start over on what won when it was not ours. Edits of one index that arrive meanwhile become one version.
 */
export class Committer {
  private readonly groups: GroupRunner<{ name: IndexName; edit: AnyEdit }, unknown>;

  constructor(private readonly parts: CommitterParts) {
    this.groups = new GroupRunner(
      (_root, group) =>
        this.commit(
          group[0]!.name,
          group.map(({ edit }) => edit),
        ),
      GROUP_EDITS,
    );
  }

  /** Errors: what the edit throws; the store's; `overloaded` (`commit_contended`) when others win again and again. */
  run<R>(name: IndexName, edit: Edit<R>): Promise<R> {
    return this.groups.run(objectPaths(name).root, { name, edit }) as Promise<R>;
  }

  private async commit(name: IndexName, edits: readonly AnyEdit[]): Promise<PromiseSettledResult<unknown>[]> {
    const { log, clock, random } = this.parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const base = await log.newest(name);
      const first = draftAfter(base, clock.now());
      const { draft, answers } = await fold(first, edits);
      if (draft === first) return settle(answers, base);
      const next = await this.write(name, draft);
      if (await log.append(name, next)) return settle(answers, next);
      await clock.sleep(jitteredBackoffMs(random, attempt, BACKOFF_BASE_MS, BACKOFF_MAX_MS));
    }
    throw new QuarryError(
      'overloaded',
      `others committed to index "${name.index}" first, ${ATTEMPTS} times in a row: try again later`,
      {
        code: 'commit_contended',
        details: { index: name.index, attempts: ATTEMPTS },
      },
    );
  }

  /** Makes durable what the next version will name; nobody sees it before the manifest exists. */
  private async write(name: IndexName, draft: VersionDraft): Promise<StoredManifest> {
    const { store, ids } = this.parts;
    // Fresh for every attempt: one whose outcome is unknown must not be taken for the next one's.
    const commit = ids.next();
    const limit = pLimit(BITMAPS_AT_ONCE);
    const written = await Promise.all(
      [...draft.segments.values()].flatMap(({ entry, deleted }) =>
        deleted === undefined
          ? []
          : limit(async () => {
              const key = objectPaths(name).deletesOf(entry.id, draft.version, commit);
              await store.put(key, encodeDeletedDocs(deleted));
              return [entry.id, { key, count: deleted.deletedCount }] as const;
            }),
      ),
    );
    return manifestOf(draft, commit, new Map(written));
  }
}

/** An edit that fails fails alone: the others go on from the draft before it. */
async function fold(
  first: VersionDraft,
  edits: readonly AnyEdit[],
): Promise<{ draft: VersionDraft; answers: Answers }> {
  let draft = first;
  const answers: Answers = [];
  for (const edit of edits) {
    try {
      const edited = await edit(draft);
      draft = edited.draft;
      answers.push({ status: 'fulfilled', value: edited.answer });
    } catch (reason) {
      answers.push({ status: 'rejected', reason });
    }
  }
  return { draft, answers };
}

function settle(answers: Answers, manifest: Manifest | undefined): PromiseSettledResult<unknown>[] {
  return answers.map((answer) =>
    answer.status === 'rejected' ? answer : { status: 'fulfilled', value: answer.value(manifest) },
  );
}
