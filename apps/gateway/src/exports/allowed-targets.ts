import type { Settings } from '#config';
import { forbidden } from '#libs/kernel';
import type { Caller } from '#libs/identity';
import { requireScope } from '../identity/require-scope.ts';

/**
 * An export writes with the server's own rights. Once callers are told apart, the machine's files are the installation's;
 * whoever writes to buckets has to be one who may write. (Nobody may write where this Quarry keeps its data: `TargetPlaces`.)
 * Throws `forbidden` (`scope_missing`, `target_not_allowed`).
 */
export function refuseForeignTarget(
  { auth }: Pick<Settings, 'auth'>,
  caller: Caller,
  target: string | undefined,
): void {
  if (target === undefined || auth.mode === 'off' || caller.scopes.has('operator')) return;
  requireScope(caller, 'index', 'to export to a target');
  if (target.startsWith('file:')) {
    throw forbidden(
      'target_not_allowed',
      `"${target.slice(0, 200)}" may not be exported to: files of the server are written for operators only; leave the target out and download it`,
    );
  }
}
