import type { RedisScript } from './redis-script.ts';

/**
 * An idempotency key is a string `<? or => <createdAt> <job> <fingerprint>`; `?` until the job is known to exist. See
 * idempotency-keys.ts for the protocol.
 *
 * KEYS: 1 idempotency key
 * ARGV: 1 the new value, 2 a value that may be replaced, or ``, 3 the createdAt up to which any may, 4 time to live in ms
 * Returns nil when the key has the new value now; else the value it has.
 */
export const CLAIM_KEY: RedisScript = {
  name: 'quarryClaimKey',
  keys: 1,
  lua: `
local value = redis.call('GET', KEYS[1])
if value and value ~= ARGV[2] and tonumber(string.match(value, '^%S+ (%S+)')) > tonumber(ARGV[3]) then return value end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return false
`,
};

/**
 * KEYS: 1 idempotency key
 * ARGV: 1 the value it must have, 2 the new one
 * Returns 1; 0 when it has another.
 */
export const CONFIRM_KEY: RedisScript = {
  name: 'quarryConfirmKey',
  keys: 1,
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
`,
};

/**
 * KEYS: 1 idempotency key
 * ARGV: 1 job
 * Returns nothing; a key that names another job by now is not changed.
 */
export const FORGET_KEY: RedisScript = {
  name: 'quarryForgetKey',
  keys: 1,
  lua: `
local value = redis.call('GET', KEYS[1])
if value and string.match(value, '^%S+ %S+ (%S+)') == ARGV[1] then redis.call('DEL', KEYS[1]) end
`,
};
