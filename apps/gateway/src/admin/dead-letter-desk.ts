import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { kindOf, type ErrorKind } from '#libs/kernel';
import type { DeadLetter } from '#libs/broker';
import type { Caller } from '#libs/identity';
import type { JobRecord } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { maySeeJob } from '../identity/job-access.ts';
import { cursorText, parseCursor, type LetterCursor } from './letter-cursor.ts';

/** A dead letter with what is known of the job that it speaks of, if it does. */
export interface FiledLetter {
  readonly mailbox: string;
  readonly letter: DeadLetter;
  /** What the message itself says; it may be anybody's. */
  readonly names: { readonly job?: string; readonly kind?: string };
  readonly job?: JobRecord;
}

export interface LetterSelection {
  readonly mailbox: string;
  /** Without: all that are dead when it begins. */
  readonly ids?: readonly string[] | undefined;
}

/** Letters looked at together. */
const BATCH = 100;
/** A page of one tenant's letters looks at so many before it says: go on from here. */
const MOST_LOOKED_AT = 2_000;
const REVIVABLE: ReadonlySet<string> = new Set(['failed', 'expired']);
/** What a job says that cannot be run again; its message is then put back as it is. */
const NOT_REVIVED: ReadonlySet<ErrorKind> = new Set(['conflict', 'invalid', 'not-found']);

/** Any version of a message names its job and kind like this. */
const named = z.object({ job: z.string().max(64).optional(), kind: z.string().max(64).optional() });

/**
 * Sorts dead letters by whose they are, and puts them back or throws them away. An operator may touch all of them, anybody
 * else those of jobs of his: by the job's record, since a message may say what it likes.
 */
@Injectable()
export class DeadLetterDesk {
  constructor(private readonly platform: Platform) {}

  /** Of one mailbox or of all, oldest first within each. A page can be shorter than `limit` and have a `next`. */
  async list(
    viewer: Caller,
    page: { mailbox?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<{ letters: FiledLetter[]; next?: string }> {
    const start = page.after === undefined ? undefined : parseCursor(page.after);
    const mailboxes = page.mailbox === undefined ? await this.withLetters() : [page.mailbox];
    const letters: FiledLetter[] = [];
    let lookedAt = 0;
    let last: LetterCursor | undefined;
    for (const mailbox of mailboxes) {
      if (start && mailbox < start.mailbox) continue;
      let after = start?.mailbox === mailbox ? start.id : undefined;
      for (;;) {
        const filed = await this.page(mailbox, after);
        for (const item of filed) {
          if (lookedAt === MOST_LOOKED_AT) return { letters, next: cursorText(last!) };
          if (mayTouch(viewer, item)) {
            if (letters.length === page.limit) return { letters, next: cursorText(last!) };
            letters.push(item);
          }
          lookedAt++;
          last = { mailbox, id: item.letter.id };
        }
        if (filed.length < BATCH) break;
        after = filed.at(-1)!.letter.id;
      }
    }
    return { letters };
  }

  /**
   * Has dead work done after all, and tells of how many letters. A message whose job has failed or expired would be
   * dropped for that: such a job is run again (what failed or is missing of it), which sends it new messages, and the
   * letter has served. Any other message is put back as it is; of a job that has succeeded, was cancelled or is
   * forgotten it will be dropped unread.
   */
  async replay(viewer: Caller, selection: LetterSelection): Promise<number> {
    const { broker } = this.platform;
    const { mailbox } = selection;
    let count = 0;
    for await (const letters of this.selected(viewer, selection)) {
      const revived = await this.revive(letters);
      const ids = (wanted: boolean): string[] =>
        letters.filter((item) => revived.has(item.job?.id ?? '') === wanted).map(({ letter }) => letter.id);
      if (ids(true).length > 0) count += await broker.discardDeadLetters(mailbox, ids(true));
      if (ids(false).length > 0) count += await broker.replayDeadLetters(mailbox, ids(false));
    }
    return count;
  }

  async discard(viewer: Caller, selection: LetterSelection): Promise<number> {
    const { broker } = this.platform;
    const { mailbox, ids } = selection;
    if (isOperator(viewer) && ids) return broker.discardDeadLetters(mailbox, ids);
    let count = 0;
    for await (const letters of this.selected(viewer, selection)) {
      count += await broker.discardDeadLetters(
        mailbox,
        letters.map(({ letter }) => letter.id),
      );
    }
    return count;
  }

  /** The ids of the jobs that run again. */
  private async revive(letters: readonly FiledLetter[]): Promise<Set<string>> {
    const revived = new Set<string>();
    for (const { job } of letters) {
      if (!job || revived.has(job.id) || !REVIVABLE.has(job.state)) continue;
      try {
        await this.platform.jobService.retry(job.tenant, job.id);
        revived.add(job.id);
      } catch (error) {
        if (!NOT_REVIVED.has(kindOf(error))) throw error;
      }
    }
    return revived;
  }

  /**
   * In batches, each of which is gone from the mailbox when the next is asked for. What dies meanwhile is not meant: else a
   * message that dies of its replay at once would be replayed for ever.
   */
  private async *selected(viewer: Caller, { mailbox, ids }: LetterSelection): AsyncGenerator<readonly FiledLetter[]> {
    const wanted = ids && new Set(ids);
    let left = wanted ? Infinity : await this.deadIn(mailbox);
    let after: string | undefined;
    for (;;) {
      const page = await this.page(mailbox, after);
      const meant = page.slice(0, left);
      left -= meant.length;
      const [chosen, others]: [FiledLetter[], FiledLetter[]] = [[], []];
      for (const item of meant) {
        const isChosen = (wanted?.delete(item.letter.id) ?? true) && mayTouch(viewer, item);
        (isChosen ? chosen : others).push(item);
      }
      if (chosen.length > 0) yield chosen;
      if (page.length < BATCH || left <= 0 || wanted?.size === 0) return;
      // Of what stays: a cursor at a letter that is gone may mean nothing.
      after = others.at(-1)?.letter.id ?? after;
    }
  }

  private async page(mailbox: string, after: string | undefined): Promise<FiledLetter[]> {
    const { broker, jobs } = this.platform;
    const letters = await broker.deadLetters(mailbox, { limit: BATCH, ...(after !== undefined && { after }) });
    const names = letters.map(({ body }) => namesIn(body));
    const ids = [...new Set(names.flatMap(({ job }) => job ?? []))];
    const records = new Map(await Promise.all(ids.map(async (id) => [id, await jobs.get(id)] as const)));
    return letters.map((letter, i) => {
      const job = records.get(names[i]!.job ?? '');
      return { mailbox, letter, names: names[i]!, ...(job && { job }) };
    });
  }

  private async withLetters(): Promise<string[]> {
    const statuses = await this.platform.broker.mailboxes();
    return statuses
      .filter(({ dead }) => dead > 0)
      .map(({ mailbox }) => mailbox)
      .toSorted();
  }

  private async deadIn(mailbox: string): Promise<number> {
    const statuses = await this.platform.broker.mailboxes();
    return statuses.find((status) => status.mailbox === mailbox)?.dead ?? 0;
  }
}

const isOperator = ({ scopes }: Caller): boolean => scopes.has('operator');

const mayTouch = (viewer: Caller, { job }: FiledLetter): boolean =>
  isOperator(viewer) || (job !== undefined && maySeeJob(viewer, job));

function namesIn(body: string): FiledLetter['names'] {
  try {
    const { job, kind } = named.parse(JSON.parse(body));
    return { ...(job !== undefined && { job }), ...(kind !== undefined && { kind }) };
  } catch {
    return {};
  }
}
