import { createHash } from 'node:crypto';

/**
 * Every job belongs to one of these buckets, by its id, for ever: another number of buckets is another layout.
 * The keys of a bucket share a hash tag, so a Cluster keeps them on one node, and one script changes a job together with
 * every index that names it: no crash leaves a job that the reconciler does not see. Lists ask all buckets and merge.
 * 16 spread well over up to eight masters (2–3 each) and cost a list 16 small commands, sent together.
 */
const BUCKETS = 16;

/** The keys of one job, and of the indexes of its bucket. */
export interface JobKeys {
  /** Hash: the record, one field for each of its own; see job-hash.ts. */
  readonly job: string;
  /** String: the plan as JSON. */
  readonly plan: string;
  /** Hash: task → `1` (failed) or `0`, then the body as JSON. */
  readonly partials: string;
  /** Hash: task → `doneBytes totalBytes documents`. */
  readonly progress: string;
  readonly bucket: BucketKeys;
}

/** Sorted sets of job ids. Those by id have the score 0 throughout: their order is the ids'. */
export interface BucketKeys {
  /** Before the id of a job, its key. */
  readonly jobPrefix: string;
  /** All jobs, by id. */
  readonly all: string;
  /** Jobs that have not ended, by touchedAt; transient ones apart. */
  readonly touched: string;
  readonly touchedTransient: string;
  /** Both, by id. */
  readonly live: string;
  /** Jobs that ended, but not as succeeded, by id. */
  readonly lapsed: string;
  /** Ended jobs that may be deleted, by finishedAt; transient ones apart. */
  readonly ended: string;
  readonly endedTransient: string;
  /** Ended jobs whose end is to be announced, by finishedAt. */
  readonly owed: string;
  /** By id. */
  readonly tenant: (name: string) => string;
  readonly kind: (name: string) => string;
  readonly subject: (name: string) => string;
}

/** The names of all keys of one namespace. */
export class JobStoreKeys {
  readonly buckets: readonly BucketKeys[];
  readonly members: { readonly until: string; readonly who: string };

  constructor(private readonly namespace: string) {
    this.buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucketKeys(this.prefixOf(bucket)));
    const members = `${namespace}:{members}`;
    this.members = { until: `${members}:until`, who: `${members}:who` };
  }

  of(id: string): JobKeys {
    const bucket = bucketOf(id);
    const prefix = this.prefixOf(bucket);
    return {
      job: `${prefix}:job:${id}`,
      plan: `${prefix}:plan:${id}`,
      partials: `${prefix}:partials:${id}`,
      progress: `${prefix}:progress:${id}`,
      bucket: this.buckets[bucket]!,
    };
  }

  /** Of an idempotency key, which clients choose: hashed, for its length. */
  idempotency(tenant: string, key: string): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([tenant, key]))
      .digest('base64url');
    return `${this.prefixOf(bucketOf(hash))}:key:${hash}`;
  }

  /** `fence` holds the last token that any lease of the bucket was given. */
  lease(name: string): { readonly lease: string; readonly fence: string } {
    const prefix = this.prefixOf(bucketOf(name));
    return { lease: `${prefix}:lease:${name}`, fence: `${prefix}:fence` };
  }

  hint(key: string): string {
    return `${this.namespace}:hint:${key}`;
  }

  /**
   * The pub/sub channel of a job: that of its bucket, where the messages are ids. No hash tag: PUBLISH reaches whoever
   * subscribed, on whichever node of a Cluster.
   */
  channel(id: string): string {
    return `${this.namespace}:changed:${bucketOf(id).toString(16)}`;
  }

  /** The pub/sub channel of the ends that one process expects; messages as in ended-message.ts. */
  answers(process: string): string {
    return `${this.namespace}:answers:${process}`;
  }

  private prefixOf(bucket: number): string {
    return `${this.namespace}:{${bucket.toString(16)}}`;
  }
}

function bucketKeys(prefix: string): BucketKeys {
  return {
    jobPrefix: `${prefix}:job:`,
    all: `${prefix}:all`,
    touched: `${prefix}:touched`,
    touchedTransient: `${prefix}:touched-transient`,
    live: `${prefix}:live`,
    lapsed: `${prefix}:lapsed`,
    ended: `${prefix}:ended`,
    endedTransient: `${prefix}:ended-transient`,
    owed: `${prefix}:owed`,
    tenant: (name) => `${prefix}:tenant:${name}`,
    kind: (name) => `${prefix}:kind:${name}`,
    subject: (name) => `${prefix}:subject:${name}`,
  };
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo; public domain), over UTF-16 units, folded so that its better upper bits count. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash >>> 16) ^ hash) & (BUCKETS - 1);
}
