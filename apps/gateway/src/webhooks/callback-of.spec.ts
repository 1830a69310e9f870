import { AddressPolicy } from '#libs/webhooks';
import { callbackOf, withoutCallback } from './callback-of.ts';

const policy = new AddressPolicy(['10.0.0.0/8']);
const of = (query: Record<string, unknown>, body?: unknown): unknown => callbackOf(query, body, policy);
const URL = 'https://mine.test/done';

describe('callbackOf', () => {
  it('finds nothing where nothing is said', () => {
    expect(of({})).toBeUndefined();
    expect(of({ wait: '1s' }, { query: {} })).toBeUndefined();
    expect(of({}, [1, 2])).toBeUndefined();
    expect(of({}, 'text')).toBeUndefined();
  });

  it('reads the URL of the request and its body alike', () => {
    const expected = { url: URL, events: ['job.failed', 'job.partial'], partial: { coverage: 0.5, hits: 10 } };
    const query = {
      callbackUrl: URL,
      callbackEvents: 'job.failed, job.partial,job.failed',
      callbackCoverage: '0.5',
      callbackHits: '10',
    };
    expect(of(query)).toEqual(expected);
    const body = { ...query, callbackEvents: ['job.failed', 'job.partial'], callbackCoverage: 0.5, callbackHits: 10 };
    expect(of({}, { q: 'x', ...body })).toEqual(expected);
    expect(of({ callbackUrl: URL }, { callbackHits: 3 })).toEqual({ url: URL, partial: { hits: 3 } });
    expect(of({ callbackUrl: URL })).toEqual({ url: URL });
    expect(of({ callbackUrl: 'http://10.1.2.3:99/x' })).toEqual({ url: 'http://10.1.2.3:99/x' });
  });

  it.each([
    '',
    'mine',
    'ftp://mine.test',
    'http://127.0.0.1/',
    'http://0x7f.1',
    'http://[::1]/',
    'http://a:b@mine.test',
  ])('refuses the URL %j', (url) => {
    const bad = expect.objectContaining({ kind: 'invalid', code: 'bad_callback_url' }) as Error;
    expect(() => of({ callbackUrl: url })).toThrow(bad);
    expect(() => of({}, { callbackUrl: url })).toThrow(bad);
  });

  it.each([
    ['bad_callback_url', { callbackUrl: 7 }],
    ['bad_callback_url', { callbackUrl: [URL, URL] }],
    ['bad_callback', { callbackHits: 3 }],
    ['bad_callback', { callbackUrl: URL, callbackEvents: [] }],
    ['bad_callback', { callbackUrl: URL, callbackEvents: ['job.done'] }],
    ['bad_callback', { callbackUrl: URL, callbackEvents: ['job.partial'] }],
    ['bad_callback', { callbackUrl: URL, callbackCoverage: 0 }],
    ['bad_callback', { callbackUrl: URL, callbackCoverage: 1.5 }],
    ['bad_callback', { callbackUrl: URL, callbackHits: 1.5 }],
    ['bad_callback', { callbackUrl: URL, callbackHits: '' }],
  ])('refuses with %s what it cannot use: %j', (code, body) => {
    expect(() => of({}, body)).toThrow(expect.objectContaining({ kind: 'invalid', code }) as Error);
  });

  it('refuses what is said twice', () => {
    expect(() => of({ callbackUrl: URL }, { callbackUrl: URL })).toThrow('stands both in the URL and in the body');
  });
});

it('withoutCallback leaves what is not about callbacks as it is', () => {
  expect(withoutCallback({ q: 'x', callbackUrl: URL, callbackHits: 1 })).toEqual({ q: 'x' });
  const body = { q: 'x' };
  expect(withoutCallback(body)).toBe(body);
  expect(withoutCallback([1])).toEqual([1]);
  expect(withoutCallback(undefined)).toBeUndefined();
});
