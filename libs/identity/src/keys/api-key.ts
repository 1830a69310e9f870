import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Random } from '#libs/kernel';
import { isTenantName, SCOPES, type Scope } from '../caller.ts';
import { isIndexPattern, MAX_PATTERNS } from '../index-patterns.ts';

/** A key as it may be shown: everything but the secret, which nobody has. */
export interface ApiKey {
  /** A ULID: the order of ids is the order of creation. */
  readonly id: string;
  readonly tenant: string;
  /** What its makers call it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly indexes?: readonly string[];
  /** ms since 1970, as the other times are. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** The subject that made it. */
  readonly createdBy: string;
}

/** What is stored under its id. */
export type KeyRecord = Omit<ApiKey, 'id'> & {
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
};

export const MAX_NAME = 100;

const record = z.object({
  tenant: z.string().refine(isTenantName),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  indexes: z.array(z.string().refine(isIndexPattern)).max(MAX_PATTERNS).optional(),
  createdAt: z.number(),
  expiresAt: z.number().optional(),
  createdBy: z.string(),
  hash: z.string().length(43),
});

export const parseKeyRecord = (json: unknown): KeyRecord => record.parse(json);

const TEXT = /^qk_([0-9A-HJKMNP-TV-Z]{26})_([\w-]{43})$/;
const SECRET_BYTES = 32;

/** `qk_<id>_<secret>`: the prefix lets scanners for leaked secrets find it, the id finds its record. */
export const keyText = (id: string, secret: string): string => `qk_${id}_${secret}`;

export const looksLikeKey = (token: string): boolean => token.startsWith('qk_');

export function partsOfKey(text: string): { id: string; secret: string } | undefined {
  const found = TEXT.exec(text);
  return found ? { id: found[1]!, secret: found[2]! } : undefined;
}

export const isKeyId = (text: string): boolean => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);

export const newSecret = (random: Random): string => Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');

/**
 * One round of SHA-256 is enough: slow hashes make up for secrets that people choose. Of 256 random bits there is nothing
 * to guess, however fast the guesses are, and every request is checked.
 */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** In constant time. */
export const isSecretOf = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(hash));
