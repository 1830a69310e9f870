import { forbidden } from '#libs/kernel';
import type { Caller } from '../caller.ts';
import { coversPattern } from '../index-patterns.ts';
import type { ApiKey } from './api-key.ts';

type Rights = Pick<ApiKey, 'tenant' | 'scopes' | 'indexes'>;

const isOperator = (caller: Caller): boolean => caller.scopes.has('operator');

/**
 * Nobody gives what he does not have: the tenant is the caller's (an operator may name any), the scopes are among his,
 * the indexes within his. Throws `forbidden` (`not_yours_to_grant`).
 */
export function checkGrant(caller: Caller, wanted: Rights): void {
  if (wanted.tenant !== caller.tenant && !isOperator(caller)) {
    // Whether there is such a tenant is not looked up.
    throw notYours(`keys of the tenant "${wanted.tenant}" are made by its own administrators or an operator`);
  }
  const beyond = wanted.scopes.filter((scope) => !caller.scopes.has(scope));
  if (beyond.length > 0)
    throw notYours(`you have no ${beyond.join(', ')} to give; name scopes among ${[...caller.scopes].join(', ')}`);
  if (!isWithin(caller, wanted.indexes))
    throw notYours(`a key may use no more indexes than its maker: ${(caller.indexes ?? []).join(', ')}`);
}

/**
 * Which keys a caller sees and revokes: those of its tenant, but for operators' keys and for keys beyond its indexes; an
 * operator all. Scopes do not matter here: an administrator who may not search can still revoke a key that may.
 */
export function managesKey(caller: Caller, key: Rights): boolean {
  if (isOperator(caller)) return true;
  return key.tenant === caller.tenant && !key.scopes.includes('operator') && isWithin(caller, key.indexes);
}

function isWithin(caller: Caller, indexes: readonly string[] | undefined): boolean {
  if (caller.indexes === undefined) return true;
  return indexes !== undefined && indexes.every((pattern) => coversPattern(caller.indexes, pattern));
}

const notYours = (why: string): Error => forbidden('not_yours_to_grant', why);
