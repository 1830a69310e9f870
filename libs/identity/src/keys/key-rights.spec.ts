import type { Caller, Scope } from '../caller.ts';
import { checkGrant, managesKey } from './key-rights.ts';

const caller = (scopes: Scope[], indexes?: string[], tenant = 'acme'): Caller => ({
  tenant,
  subject: 's',
  scopes: new Set(scopes),
  ...(indexes && { indexes }),
});
const key = (scopes: Scope[], indexes?: string[], tenant = 'acme') => ({ tenant, scopes, ...(indexes && { indexes }) });

describe('granting', () => {
  it.each<[string, Caller, ReturnType<typeof key>]>([
    ['the same', caller(['search', 'admin']), key(['search', 'admin'])],
    ['less', caller(['search', 'index', 'admin']), key(['search'], ['logs'])],
    ['narrower patterns', caller(['search', 'admin'], ['logs-*']), key(['search'], ['logs-eu', 'logs-us-*'])],
    ['for another tenant, by an operator', caller(['search', 'admin', 'operator']), key(['search'], [], 'globex')],
  ])('%s is allowed', (_, who, what) => {
    expect(() => checkGrant(who, what)).not.toThrow();
  });

  it.each<[string, Caller, ReturnType<typeof key>]>([
    ['a scope more', caller(['search', 'admin']), key(['search', 'index'])],
    ['operator', caller(['search', 'index', 'admin']), key(['operator'])],
    ['for another tenant', caller(['search', 'admin']), key(['search'], undefined, 'globex')],
    ['all indexes of some', caller(['search', 'admin'], ['logs-*']), key(['search'])],
    ['wider patterns', caller(['search', 'admin'], ['logs-*']), key(['search'], ['logs-eu', 'l*'])],
    ['a scope more for another tenant', caller(['admin', 'operator']), key(['search'], undefined, 'globex')],
  ])('%s is forbidden', (_, who, what) => {
    expect(() => checkGrant(who, what)).toThrow(
      expect.objectContaining({ kind: 'forbidden', code: 'not_yours_to_grant' }) as Error,
    );
  });
});

it('an administrator manages the keys of the tenant, but not those of operators and beyond its indexes', () => {
  const admin = caller(['admin']);
  expect(managesKey(admin, key(['search', 'index']))).toBe(true);
  expect(managesKey(admin, key(['search', 'operator']))).toBe(false);
  expect(managesKey(admin, key(['search'], undefined, 'globex'))).toBe(false);
  const limited = caller(['admin'], ['logs-*']);
  expect(managesKey(limited, key(['search']))).toBe(false);
  expect(managesKey(limited, key(['search'], ['logs-eu']))).toBe(true);
  expect(managesKey(limited, key(['search'], ['books']))).toBe(false);
  expect(managesKey(caller(['admin', 'operator']), key(['operator'], undefined, 'globex'))).toBe(true);
});
