import type { Caller, Scope } from '#libs/identity';
import { refuseForeignTarget } from './allowed-targets.ts';

const caller = (...scopes: Scope[]): Caller => ({ tenant: 'acme', subject: 's', scopes: new Set(scopes) });
const on = { auth: { mode: 'on', algorithms: ['HS256'], tenantClaim: 'tenant' } } as const;

it.each<[string | undefined, Scope[], string | undefined]>([
  [undefined, ['search'], undefined],
  ['s3://out/a', ['search'], 'scope_missing'],
  ['s3://out/a', ['search', 'index'], undefined],
  ['file:///exports', ['search', 'index', 'admin'], 'target_not_allowed'],
  ['file:///exports', ['search'], 'scope_missing'],
  ['file:///exports', ['search', 'operator'], undefined],
])('%s for %j: %s', (target, scopes, code) => {
  const ask = (): void => refuseForeignTarget(on, caller(...scopes), target);
  if (code === undefined) expect(ask).not.toThrow();
  else expect(ask).toThrow(expect.objectContaining({ kind: 'forbidden', code }) as Error);
  expect(() => refuseForeignTarget({ auth: { mode: 'off' } }, caller(), target)).not.toThrow();
});
