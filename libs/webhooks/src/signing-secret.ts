import type { Clock, Random } from '#libs/kernel';
import { z } from 'zod';

export const signingSecretSchema = z.object({
  /** `whsec_` and the key in base64. */
  secret: z.string().startsWith('whsec_'),
  /** ms since 1970, as is `expiresAt`, from when on it signs no more. */
  createdAt: z.number(),
  expiresAt: z.number().optional(),
});
export type SigningSecret = z.infer<typeof signingSecretSchema>;

/** Standard Webhooks asks for 24 to 64 bytes; 32 are what HMAC-SHA256 can use. */
const KEY_BYTES = 32;

/** How long a secret goes on signing beside the one that replaced it, when nobody says. */
export const ROTATION_MS = 24 * 3_600_000;

export function newSecret(clock: Clock, random: Random): SigningSecret {
  return { secret: `whsec_${Buffer.from(random.bytes(KEY_BYTES)).toString('base64')}`, createdAt: clock.now() };
}

/** The fresh one first; what signed until now does so for `keepMs` from then on, and what has run out is forgotten. */
export function rotated(secrets: readonly SigningSecret[], fresh: SigningSecret, keepMs: number): SigningSecret[] {
  const now = fresh.createdAt;
  const until = now + keepMs;
  const kept = secrets.map((old) => ({ ...old, expiresAt: Math.min(old.expiresAt ?? until, until) }));
  return [fresh, ...validSecrets(kept, now)];
}

/** Those that sign at `now`, newest first. */
export const validSecrets = (secrets: readonly SigningSecret[], now: number): SigningSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
