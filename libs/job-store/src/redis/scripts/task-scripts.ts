import type { RedisScript } from './redis-script.ts';

/**
 * Fixes the plan, once. Tells nobody of a transient job's: who waits for one wants its end, which is near, and each message
 * wakes every process that watches a job of the bucket.
 *
 * KEYS: 1 job, 2 touched, 3 touched-transient, 4 plan
 * ARGV: 1 id, 2 now, 3 channel, 4 the states in which a plan may be fixed, 5 number of tasks, 6 plan as JSON
 * Returns 1 when it was fixed; the plan that was fixed before; nil when the job is in another state, or is not.
 */
export const RECORD_PLAN: RedisScript = {
  name: 'quarryRecordPlan',
  keys: 4,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'state', 'transient')
if not job[1] or not string.find(ARGV[4], ',' .. job[1] .. ',', 1, true) then return false end
local first = redis.call('GET', KEYS[4])
if first then return first end
redis.call('SET', KEYS[4], ARGV[6])
redis.call('HSET', KEYS[1], 'state', 'running', 'total', ARGV[5], 'touchedAt', ARGV[2])
redis.call('HSETNX', KEYS[1], 'startedAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'dueAt')
redis.call('ZADD', KEYS[job[2] and 3 or 2], ARGV[2], ARGV[1])
if not job[2] then redis.call('PUBLISH', ARGV[3], ARGV[1]) end
return 1
`,
};

/**
 * JOB-2: the first partial of a task is kept. Tells nobody of the last one: whoever recorded it moves the job on at once, and
 * that is told.
 *
 * KEYS: 1 job, 2 touched, 3 touched-transient, 4 partials
 * ARGV: 1 id, 2 now, 3 channel, 4 attempt or ``, 5 task, 6 `1` when the task failed, else `0`, 7 the body as JSON
 * Returns {1, remaining} when it was recorded; {0, remaining} when there was one, the task is not in the plan, the job has
 * ended or was reopened since; {0, 0} when there is no such job.
 */
export const RECORD_PARTIAL: RedisScript = {
  name: 'quarryRecordPartial',
  keys: 4,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'attempt', 'finishedAt', 'total', 'done', 'transient')
if not job[1] then return {0, 0} end
local total, task = tonumber(job[3]), tonumber(ARGV[5])
local remaining = total - job[4]
if job[2] or task < 0 or task >= total or (ARGV[4] ~= '' and ARGV[4] ~= job[1]) then return {0, remaining} end
if redis.call('HSETNX', KEYS[4], ARGV[5], ARGV[6] .. ARGV[7]) == 0 then return {0, remaining} end
redis.call('HINCRBY', KEYS[1], 'done', 1)
if ARGV[6] == '1' then redis.call('HINCRBY', KEYS[1], 'failed', 1) end
redis.call('HSET', KEYS[1], 'touchedAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'dueAt')
redis.call('ZADD', KEYS[job[5] and 3 or 2], ARGV[2], ARGV[1])
if remaining > 1 then redis.call('PUBLISH', ARGV[3], ARGV[1]) end
return {1, remaining - 1}
`,
};

/**
 * KEYS: 1 job, 2 partials
 * ARGV: 1 task
 * Returns {1 or 0: whether the task has a partial, remaining}.
 */
export const TASK_STATE: RedisScript = {
  name: 'quarryTaskState',
  keys: 2,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'total', 'done')
if not job[1] then return {0, 0} end
return {redis.call('HEXISTS', KEYS[2], ARGV[1]), job[1] - job[2]}
`,
};

/**
 * Replaces the progress of a task, and its part in the job's sums.
 *
 * KEYS: 1 job, 2 touched, 3 touched-transient, 4 progress
 * ARGV: 1 id, 2 now, 3 channel, 4 task, 5 doneBytes, 6 totalBytes, 7 documents
 * Returns nothing; an ended job is not changed.
 */
export const REPORT_PROGRESS: RedisScript = {
  name: 'quarryReportProgress',
  keys: 4,
  lua: `
local job = redis.call('HMGET', KEYS[1],
  'state', 'finishedAt', 'dueAt', 'doneBytes', 'totalBytes', 'documents', 'transient')
if not job[1] or job[2] then return end
local was = redis.call('HGET', KEYS[4], ARGV[4]) or '0 0 0'
redis.call('HSET', KEYS[4], ARGV[4], ARGV[5] .. ' ' .. ARGV[6] .. ' ' .. ARGV[7])
local old = {string.match(was, '^(%S+) (%S+) (%S+)$')}
local sums = {}
for i = 1, 3 do sums[i] = string.format('%.17g', (job[i + 3] or 0) + ARGV[i + 4] - old[i]) end
local touched = math.max(ARGV[2], job[3] or ARGV[2])
redis.call('HSET', KEYS[1], 'touchedAt', string.format('%.17g', touched),
  'doneBytes', sums[1], 'totalBytes', sums[2], 'documents', sums[3])
redis.call('ZADD', KEYS[job[7] and 3 or 2], touched, ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
`,
};
