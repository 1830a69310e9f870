import type { RedisScript } from './redis-script.ts';

/**
 * A lease is a string `<token> <owner>` that Redis itself forgets in time: the clocks of who ask do not matter. Tokens rise
 * with the counter and with Redis's clock, so they rise even if a failover has lost the latest count.
 *
 * KEYS: 1 lease, 2 fence
 * ARGV: 1 owner, 2 ttl in ms
 * Returns the token; nil when somebody else has the lease.
 */
export const ACQUIRE_LEASE: RedisScript = {
  name: 'quarryAcquireLease',
  keys: 2,
  lua: `
local held = redis.call('GET', KEYS[1])
if held then
  local token, owner = string.match(held, '^(%d+) (.*)$')
  if owner ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(token)
end
local time = redis.call('TIME')
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, time[1] * 1000 + math.floor(time[2] / 1000))
local text = string.format('%.0f', token)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], text .. ' ' .. ARGV[1], 'PX', ARGV[2])
return token
`,
};

/**
 * KEYS: 1 lease
 * ARGV: 1 `<token> <owner>`
 * Returns nothing; a lease that has passed on is not changed.
 */
export const RELEASE_LEASE: RedisScript = {
  name: 'quarryReleaseLease',
  keys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`,
};

const FORGET_MEMBERS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE')) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
`;

/**
 * Times are Redis's own.
 *
 * KEYS: 1 sorted set: member → the time it is forgotten at, 2 hash: member → JSON
 * ARGV: 1 id, 2 JSON, 3 ttl in ms
 * Returns nothing. When the last member is forgotten, so are the keys.
 */
export const ANNOUNCE_MEMBER: RedisScript = {
  name: 'quarryAnnounceMember',
  keys: 2,
  lua: `${FORGET_MEMBERS}
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for i = 1, 2 do if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end end
`,
};

/** KEYS: as ANNOUNCE_MEMBER. ARGV: 1 id. Returns nothing. */
export const WITHDRAW_MEMBER: RedisScript = {
  name: 'quarryWithdrawMember',
  keys: 2,
  lua: `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
`,
};

/** KEYS: as ANNOUNCE_MEMBER. Returns the JSON of every member whose time is not over. */
export const LIST_MEMBERS: RedisScript = {
  name: 'quarryListMembers',
  keys: 2,
  lua: `${FORGET_MEMBERS}
return redis.call('HVALS', KEYS[2])
`,
};
