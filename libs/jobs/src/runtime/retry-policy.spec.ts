import fc from 'fast-check';
import { QuarryError, seededRandom } from '#libs/kernel';
import { deathsOf, judge, MAX_ATTEMPTS, MAX_DEATHS, putOffMs } from './retry-policy.ts';

/** A broker's own limit of unanswered deliveries in a row; see libs/broker's rabbitmq/queue-arguments.ts. */
const BROKERS_LIMIT = 20;
const away = new QuarryError('unavailable', 'away');
const bug = new QuarryError('internal', 'bug');

interface Life {
  readonly end: 'done' | 'failed' | 'crashed';
  readonly deaths: number;
  readonly errors: number;
  readonly deliveries: number;
  /** Unanswered deliveries. */
  readonly mostInARow: number;
}

/** What becomes of a message whose handling fares as listed, and is done at the end of the list. */
function live(fates: readonly ('dies' | 'throws')[], error: QuarryError): Life {
  const random = seededRandom(1);
  let [attempt, retries, errors, inARow, mostInARow] = [1, 0, 0, 0, 0];
  const left = [...fates];
  const ended = (end: Life['end']): Life => ({
    end,
    errors,
    mostInARow,
    deaths: deathsOf({ attempt, retries }),
    deliveries: attempt,
  });
  for (; ; attempt++) {
    const counts = { attempt, retries };
    if (putOffMs(counts, random) !== undefined) {
      retries++;
      inARow = 0;
      continue;
    }
    if (deathsOf(counts) >= MAX_DEATHS) return ended('crashed');
    const fate = left.shift();
    if (fate === undefined) return ended('done');
    if (fate === 'dies') {
      mostInARow = Math.max(mostInARow, ++inARow);
      continue;
    }
    errors++;
    if (judge(error, counts, random, false).action === 'fail') return ended('failed');
    retries++;
    inARow = 0;
  }
}

describe('deaths and errors of a message (JOB-8)', () => {
  const fates = fc.array(
    fc.oneof({ weight: 6, arbitrary: fc.constant('dies' as const) }, fc.constant('throws' as const)),
    {
      maxLength: 300,
      size: 'max',
    },
  );

  it('are counted apart: too many of either end it, and nothing else does', () => {
    fc.assert(
      fc.property(fates, fc.constantFrom(away, bug), (given, error) => {
        const life = live(given, error);
        if (life.end === 'crashed') expect(life.deaths).toBe(MAX_DEATHS);
        else expect(life.deaths).toBeLessThan(MAX_DEATHS);
        if (life.end === 'failed') expect(life.errors).toBeGreaterThanOrEqual(MAX_ATTEMPTS);
        if (life.end === 'done') expect(life.deaths + life.errors).toBe(given.length);
        // Waits among them: each death costs one at most.
        expect(life.deliveries).toBeLessThanOrEqual(2 * life.deaths + life.errors + 1);
        expect(life.mostInARow).toBeLessThan(BROKERS_LIMIT);
      }),
    );
  });

  it('never end what dies 99 times and is done then', () => {
    expect(
      live(
        Array.from({ length: 99 }, () => 'dies'),
        away,
      ),
    ).toMatchObject({ end: 'done', deaths: 99 });
  });

  it('end what dies every time, and what throws every time', () => {
    const always = <T>(fate: T): T[] => Array.from({ length: 1000 }, () => fate);
    expect(live(always('dies'), away)).toMatchObject({ end: 'crashed', deaths: 100, deliveries: 196 });
    expect(live(always('throws'), bug)).toMatchObject({ end: 'failed', errors: 6 });
    expect(live(always('throws'), away)).toMatchObject({ end: 'failed', errors: 13 });
  });
});
