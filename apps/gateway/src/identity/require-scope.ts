import { forbidden } from '#libs/kernel';
import type { Caller, Scope } from '#libs/identity';

/**
 * For a route that takes one scope more than the one it says it needs. To be asked before anything is looked up. Throws
 * `forbidden` (`scope_missing`).
 * @param what the route does with it
 */
export function requireScope(caller: Caller, scope: Scope, what: string): void {
  if (caller.scopes.has(scope)) return;
  const has = [...caller.scopes].join(', ') || 'none';
  throw forbidden('scope_missing', `${what} needs the scope ${scope} too; yours: ${has}`, { needed: [scope] });
}
