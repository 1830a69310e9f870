import { systemClock } from '#libs/kernel';
import type { Platform } from '../apps/platform/src/platform.ts';
import { perJob, type CallCounts } from './call-counts.ts';
import { NOOP_KIND } from './noop-kind.ts';
import { machine, percentile, table } from './report.ts';
import { makeSite, type Site, type SiteOptions } from './site.ts';
import { openParty, rawMailbox, type Counts, type Meter } from './throughput-party.ts';
import { hostHere, hostThere, type WorkerSide } from './worker-side.ts';

export interface ThroughputOptions {
  readonly sites: readonly SiteOptions[];
  readonly inFlight: number;
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** A folder for the CPU profile of the worker process. */
  readonly profile?: string;
}

/**
 * How many jobs of one task that does nothing the runtime brings to their end a second, and how many empty messages the
 * broker under it carries (publish and consume), with as many in flight, in turns: the ratio is what the runtime and the
 * job store leave of the broker. Client and worker in one process, then in two.
 */
export async function throughput(options: ThroughputOptions): Promise<void> {
  for (const site of options.sites) {
    await arrangement('one process', site, options);
    await arrangement('two processes', site, options);
  }
}

type Arrangement = 'one process' | 'two processes';

async function arrangement(how: Arrangement, services: SiteOptions, options: ThroughputOptions): Promise<void> {
  const site = await makeSite(services);
  try {
    const { platform, meter } = await openParty(site.environment);
    const raw = new RawMessages(platform);
    const worker = await host(how, site, platform, raw, options.profile);
    try {
      await measure(`${site.title}, ${how}`, { platform, meter, raw, worker }, options);
    } finally {
      await worker.close();
      await platform.close();
    }
  } finally {
    await site.remove();
  }
}

function host(
  how: Arrangement,
  site: Site,
  platform: Platform,
  raw: RawMessages,
  profile: string | undefined,
): Promise<WorkerSide> {
  const consumed = (count: number): void => raw.consumed(count);
  return how === 'one process' ? hostHere(platform, consumed) : hostThere(site.environment, consumed, profile);
}

interface Parties {
  readonly platform: Platform;
  readonly meter: Meter;
  readonly raw: RawMessages;
  readonly worker: WorkerSide;
}

async function measure(title: string, parties: Parties, options: ThroughputOptions): Promise<void> {
  const { platform, raw } = parties;
  const { rounds, seconds, inFlight } = options;
  const messages = (): Promise<Round> => round(parties, options, () => raw.send());
  const jobs = (): Promise<Round> => round(parties, options, () => runJob(platform));
  // Compiles both, and lets the workers tell each other that they are there.
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await messages().then(jobs);
  const pairs: { carried: Round; ended: Round; ratio: number }[] = [];
  for (let i = 0; i < rounds; i++) {
    const [carried, ended] = [await messages(), await jobs()];
    pairs.push({ carried, ended, ratio: ended.perSecond / carried.perSecond });
  }
  const ran = pairs.reduce((sum, { ended }) => sum + ended.done, 0);
  process.stdout.write(
    `\n${title}; ${inFlight} in flight, ${rounds} rounds of ${seconds} s, ${ran} jobs; ${machine()}\n`,
  );
  const spread = (of: (pair: (typeof pairs)[number]) => number, unit = ''): string[] =>
    [50, 0, 100].map((p) => `${percentile(pairs.map(of), p).toFixed(0)}${unit}`);
  table(
    ['', 'median', 'least', 'most'],
    [
      ['raw messages a second', ...spread(({ carried }) => carried.perSecond)],
      ['jobs a second', ...spread(({ ended }) => ended.perSecond)],
      ['ratio within a round', ...spread(({ ratio }) => ratio * 100, ' %')],
      ['CPU of a raw message, µs', ...spread(({ carried }) => carried.cpuMicros)],
      ['CPU of a job, µs', ...spread(({ ended }) => ended.cpuMicros)],
    ],
  );
  const { before, after, done } = pairs.at(-1)!.ended;
  for (const port of ['broker', 'jobs'] as const) {
    const of = (all: readonly Counts[]): CallCounts[] => all.map((counts) => counts[port]);
    process.stdout.write(`calls of the ${NAMES[port]} for each job, ${perJob(of(after), of(before), done)}\n`);
  }
}

const WARM_UP_ROUNDS = 2;
const NAMES = { broker: 'broker', jobs: 'job store' };

interface Round {
  readonly done: number;
  readonly perSecond: number;
  /** Of client and worker, for each; not the services'. */
  readonly cpuMicros: number;
  readonly before: readonly Counts[];
  readonly after: readonly Counts[];
}

/** `inFlight` at once, each followed by the next, until the time is over; those under way then are waited for and count. */
async function round(
  { meter, worker }: Parties,
  { inFlight, seconds }: ThroughputOptions,
  one: () => Promise<void>,
): Promise<Round> {
  const look = async (): Promise<Counts[]> => [meter(), await worker.counts()];
  const cpuMs = (counts: readonly Counts[]): number => counts.reduce((sum, each) => sum + each.cpuMs, 0);
  const before = await look();
  const began = systemClock.monotonic();
  let done = 0;
  const lane = async (): Promise<void> => {
    while (systemClock.monotonic() - began < seconds * 1000) {
      await one();
      done++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const perSecond = (done * 1000) / (systemClock.monotonic() - began);
  const after = await look();
  return { done, perSecond, cpuMicros: ((cpuMs(after) - cpuMs(before)) * 1000) / done, before, after };
}

const TENANT = 'bench';

async function runJob({ jobService }: Platform): Promise<void> {
  const submission = { kind: NOOP_KIND.name, tenant: TENANT, index: 'none', spec: {} };
  const { job: ended } = await jobService.submitAndWait(submission, 60_000);
  if (ended.state !== 'succeeded') throw new Error(`a job ended ${ended.state}: ${ended.error?.message}`);
}

/** Empty messages on a mailbox of their own. All are alike, so any that is consumed stands for the one sent first. */
class RawMessages {
  private readonly waiting: (() => void)[] = [];
  private early = 0;

  constructor(private readonly platform: Platform) {}

  /** Resolves when as many were consumed as were sent before it, and it itself is known to be durable. */
  async send(): Promise<void> {
    const consumed = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.settle();
    await this.platform.broker.publish(rawMailbox(this.platform), [{ body: '{}', transient: true }]);
    await consumed;
  }

  consumed(count: number): void {
    this.early += count;
    this.settle();
  }

  private settle(): void {
    while (this.early > 0 && this.waiting.length > 0) {
      this.early--;
      this.waiting.shift()!();
    }
  }
}
