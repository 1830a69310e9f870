import { parseRedisUrl } from './redis-url.ts';

const node = (host: string, port: number) => ({ host, port });

it.each([
  ['redis://localhost', { mode: 'standalone', nodes: [node('localhost', 6379)], database: 0, tls: false }],
  [
    'rediss://me:p%40ss:word@[::1]:7000/3',
    { mode: 'standalone', nodes: [node('::1', 7000)], username: 'me', password: 'p@ss:word', database: 3, tls: true },
  ],
  ['redis://:secret@h', { mode: 'standalone', nodes: [node('h', 6379)], password: 'secret', database: 0, tls: false }],
  [
    'redis+sentinel://a,b:5/main/2',
    { mode: 'sentinel', nodes: [node('a', 26_379), node('b', 5)], master: 'main', database: 2, tls: false },
  ],
  ['rediss+cluster://a:1,b:2', { mode: 'cluster', nodes: [node('a', 1), node('b', 2)], database: 0, tls: true }],
])('reads %s', (url, location) => expect(parseRedisUrl(url)).toEqual(location));

it.each([
  'redis://',
  'redis://a,b',
  'redis://a/x',
  'redis://a/1/2',
  'redis://a:70000',
  'redis+cluster://a/1',
  'redis+sentinel://a',
  'http://a',
])('refuses %s', (url) => expect(parseRedisUrl(url)).toBeUndefined());
