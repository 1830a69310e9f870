import { SCOPES, type Caller, type Scope } from '#libs/identity';
import { refuseForeignSources } from './allowed-sources.ts';

const caller = (...scopes: Scope[]): Caller => ({ tenant: 'acme', subject: 's', scopes: new Set(scopes) });
const on = { mode: 'on', algorithms: ['HS256'], tenantClaim: 'tenant' } as const;
const bucket = (prefix: string) => ({ auth: on, store: { kind: 's3', bucket: 'data', prefix } }) as const;
const folder = { auth: on, store: { kind: 'file', folder: '/data/objects' } } as const;

it.each([
  ['file:///data/objects/globex/books/staging/x', folder],
  ['file:///etc/passwd', bucket('quarry')],
  ['s3://data', bucket('quarry')],
  ['s3://data/', bucket('quarry')],
  ['s3://data/qua', bucket('quarry')],
  ['s3://data/quarry', bucket('quarry')],
  ['s3://data/quarry/globex/books/', bucket('quarry')],
  ['s3://data/a/b/c', bucket('a/b')],
  ['s3://data/logs/', bucket('')],
])('%s is not for a tenant', (source, settings) => {
  expect(() => refuseForeignSources(settings, caller('index'), ['s3://other/', source])).toThrow(
    expect.objectContaining({ kind: 'forbidden', code: 'source_not_allowed' }) as Error,
  );
  expect(() => refuseForeignSources(settings, caller(...SCOPES), [source])).not.toThrow();
  expect(() => refuseForeignSources({ ...settings, auth: { mode: 'off' } }, caller(), [source])).not.toThrow();
});

it.each([
  ['s3://data/logs/', bucket('quarry')],
  ['s3://data/quarry-logs/2026', bucket('quarry')],
  ['s3://database/quarry/x', bucket('quarry')],
  ['s3://data/x', folder],
])('%s is', (source, settings) => {
  expect(() => refuseForeignSources(settings, caller('index'), [source])).not.toThrow();
});
