import { z } from 'zod';
import { invalid, parseDurationMs } from '#libs/kernel';
import { isIndexPattern, isTenantName, MAX_NAME, MAX_PATTERNS, SCOPES, type ApiKey, type Caller } from '#libs/identity';

const schema = z.strictObject({
  name: z.string().trim().min(1).max(MAX_NAME),
  scopes: z.array(z.enum(SCOPES)).min(1),
  indexes: z
    .array(z.string().refine(isIndexPattern, 'expected an index name, with * for any characters'))
    .min(1)
    .max(MAX_PATTERNS)
    .optional(),
  expiresIn: z.string().optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  tenant: z.string().refine(isTenantName, 'expected 1 to 255 of a-z, 0-9, ".", "_" and "-"').optional(),
});

export type KeyRequest = Omit<ApiKey, 'id' | 'createdAt'>;

/** The body of `POST /v1/keys`, by whom, at `now`. Throws `invalid` (`bad_request`, `bad_duration`). */
export function parseKeyRequest(body: unknown, caller: Pick<Caller, 'tenant' | 'subject'>, now: number): KeyRequest {
  const parsed = schema.safeParse(body ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.path.join('.') || 'the body';
    throw invalid('bad_request', `${path}: ${issue.message}`, { path });
  }
  const { name, scopes, indexes, tenant } = parsed.data;
  const expiresAt = expiryOf(parsed.data, now);
  return {
    tenant: tenant ?? caller.tenant,
    name,
    scopes: [...new Set(scopes)],
    ...(indexes && { indexes }),
    ...(expiresAt !== undefined && { expiresAt }),
    createdBy: caller.subject,
  };
}

function expiryOf({ expiresIn, expiresAt }: z.infer<typeof schema>, now: number): number | undefined {
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw invalid('bad_request', 'a key has either "expiresIn" or "expiresAt"', { path: 'expiresAt' });
  if (expiresIn === undefined && expiresAt === undefined) return undefined;
  const end = expiresIn === undefined ? Date.parse(expiresAt!) : now + parseDurationMs(expiresIn);
  // Beyond, a Date can no longer say it.
  if (end > now && end < 8.64e15) return end;
  throw invalid('bad_request', 'a key must end in the future', {
    path: expiresIn === undefined ? 'expiresAt' : 'expiresIn',
  });
}
