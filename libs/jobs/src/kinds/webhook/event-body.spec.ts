import type { JobRecord } from '#libs/job-store';
import { jobEventBody } from './event-body.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');
const JOB: JobRecord = {
  id: '01KAN6T0000000000000000000',
  kind: 'search',
  tenant: 'a',
  index: 'logs',
  spec: {},
  state: 'succeeded',
  attempt: 1,
  createdAt: AT - 5_000,
  finishedAt: AT,
  touchedAt: AT,
  progress: { total: 3, done: 3, failed: 0 },
  work: { doneBytes: 0, totalBytes: 0, documents: 0 },
  coverage: 1,
  result: { hits: ['ä'] },
};

const bodyOf = (job: Partial<JobRecord>, publicUrl?: string): string =>
  jobEventBody({ type: 'job.succeeded', at: AT, job: { ...JOB, ...job }, publicUrl });

describe('what a receiver is told of a job', () => {
  it('is how it stands, its result when that is small, and where the result is', () => {
    expect(JSON.parse(bodyOf({}, 'https://search.example.com'))).toEqual({
      type: 'job.succeeded',
      timestamp: '2026-11-22T10:00:00.000Z',
      data: {
        job: {
          id: JOB.id,
          kind: 'search',
          index: 'logs',
          state: 'succeeded',
          attempt: 1,
          createdAt: '2026-11-22T09:59:55.000Z',
          finishedAt: '2026-11-22T10:00:00.000Z',
          coverage: 1,
          progress: { total: 3, done: 3, failed: 0 },
        },
        result: { hits: ['ä'] },
        resultUrl: `https://search.example.com/v1/jobs/${JOB.id}`,
      },
    });
    expect(bodyOf({})).toContain(`"resultUrl":"/v1/jobs/${JOB.id}"`);
  });

  it.each([
    ['a result that does not fit', { result: 'ü'.repeat(10_000) }],
    ['a result that lies elsewhere', { result: { $claim: 'a/logs/staging/x/result.json' } }],
    [
      'an error of many words',
      { result: undefined, error: { kind: 'internal', code: 'x', message: 'y'.repeat(50_000) } },
    ],
  ] as const)('stays under 20 KB and without %s', (_, change) => {
    const body = bodyOf(change);
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    expect((JSON.parse(body) as { data: object }).data).not.toHaveProperty('result');
  });

  it('says why it failed', () => {
    const error = { kind: 'invalid', code: 'no_such_index', message: 'there is no index "x"' } as const;
    const body = JSON.parse(bodyOf({ state: 'failed', result: undefined, error })) as { data: { job: unknown } };
    expect(body.data.job).toMatchObject({ error: { code: 'no_such_index', detail: 'there is no index "x"' } });
  });
});
