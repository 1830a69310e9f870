import type { RedisScript } from './redis-script.ts';

/**
 * KEYS: 1 job, 2 touched, 3 touched-transient
 * ARGV: 1 id, 2 now
 * Returns nothing; an ended job is not changed, and one that sleeps not before its time.
 */
export const TOUCH_JOB: RedisScript = {
  name: 'quarryTouchJob',
  keys: 3,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'state', 'finishedAt', 'dueAt', 'transient')
if not job[1] or job[2] then return end
local touched = string.format('%.17g', math.max(ARGV[2], job[3] or ARGV[2]))
redis.call('HSET', KEYS[1], 'touchedAt', touched)
redis.call('ZADD', KEYS[job[4] and 3 or 2], touched, ARGV[1])
`,
};

/**
 * Puts a job to sleep and remembers why.
 *
 * KEYS: 1 job, 2 touched, 3 touched-transient
 * ARGV: 1 id, 2 channel, 3 attempt or ``, 4 dueAt, 5 the try as one line of JSON, 6 how many tries are kept
 * Returns the record's fields; nil when there is no such job, or it has ended or was reopened since.
 */
export const POSTPONE_JOB: RedisScript = {
  name: 'quarryPostponeJob',
  keys: 3,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'attempt', 'finishedAt', 'tries', 'transient')
if not job[1] or job[2] or (ARGV[3] ~= '' and ARGV[3] ~= job[1]) then return false end
local tries = (job[3] or '') .. ARGV[5] .. '\\n'
local _, count = string.gsub(tries, '\\n', '\\n')
for _ = 1, count - ARGV[6] do tries = string.sub(tries, string.find(tries, '\\n', 1, true) + 1) end
redis.call('HSET', KEYS[1], 'tries', tries, 'dueAt', ARGV[4], 'touchedAt', ARGV[4])
redis.call('ZADD', KEYS[job[4] and 3 or 2], ARGV[4], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])
`,
};

/**
 * The end was announced: from now on the job may be deleted.
 *
 * KEYS: 1 job, 2 owed, 3 ended, 4 ended-transient
 * ARGV: 1 id, 2 the attempt whose end it was, or ``
 * Returns nothing; a job that owes nothing, or is in another attempt, is not changed.
 */
export const MARK_ANNOUNCED: RedisScript = {
  name: 'quarryMarkAnnounced',
  keys: 4,
  lua: `
local finishedAt = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not finishedAt then return end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[redis.call('HEXISTS', KEYS[1], 'transient') == 1 and 4 or 3], finishedAt, ARGV[1])
`,
};

/**
 * The newest jobs of one bucket that a filter lets through. Walks the shortest of some indexes that all contain every job in
 * question. The keys of the jobs it looks at are not declared, but of the same bucket and so of the same node.
 *
 * KEYS: 1–4 the indexes, repeated when there are fewer
 * ARGV: 1 the prefix of jobs' keys, 2 the id to begin before, or ``, 3 how many to find, 4 how many to look at,
 *       5… names and values of the fields that must match
 * Returns {where to go on or ``, ids…}. Takes entries of jobs that are gone out of these indexes.
 */
export const FIND_JOBS: RedisScript = {
  name: 'quarryFindJobs',
  keys: 4,
  lua: `
local index, size = KEYS[1], redis.call('ZCARD', KEYS[1])
for i = 2, 4 do
  local other = redis.call('ZCARD', KEYS[i])
  if other < size then index, size = KEYS[i], other end
end
local names = {'state'}
for i = 5, #ARGV, 2 do names[#names + 1] = ARGV[i] end
local from = ARGV[2] == '' and '+' or '(' .. ARGV[2]
local ids = redis.call('ZREVRANGEBYLEX', index, from, '-', 'LIMIT', 0, ARGV[4])
local found = {''}
for _, id in ipairs(ids) do
  local job = redis.call('HMGET', ARGV[1] .. id, unpack(names))
  local fits = job[1]
  if not fits then for i = 1, 4 do redis.call('ZREM', KEYS[i], id) end end
  for i = 2, #names do fits = fits and job[i] == ARGV[2 * i + 2] end
  if fits then
    found[#found + 1] = id
    if #found > tonumber(ARGV[3]) then return found end
  end
end
if #ids == tonumber(ARGV[4]) then found[1] = ids[#ids] end
return found
`,
};
