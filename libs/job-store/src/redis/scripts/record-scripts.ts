import type { RedisScript } from './redis-script.ts';

/**
 * Makes a job's record.
 *
 * KEYS: 1 job, 2 touched, or touched-transient when it is one, 3 live, 4 all, 5 tenant, 6 kind,
 *       7 subject (any key of the bucket when there is none)
 * ARGV: 1 id, 2 now, 3 `1` when there is a subject, 4… the record's fields
 * Returns nil when the job was made; the fields of the job that has the id already, which is not changed.
 */
export const CREATE_JOB: RedisScript = {
  name: 'quarryCreateJob',
  keys: 7,
  lua: `
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('HGETALL', KEYS[1]) end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for i = 3, ARGV[3] == '1' and 7 or 6 do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
return false
`,
};

/**
 * A transition to a state that is not terminal.
 *
 * KEYS: 1 job, 2 touched, 3 touched-transient
 * ARGV: 1 id, 2 now, 3 channel, 4 from: states as `,queued,planning,`, 5 attempt or ``, 6 `1` when it starts the job,
 *       7… the fields to set, `state` among them
 * Returns the record's fields; nil when there is no such job, or it is in another state, or was reopened since.
 */
export const ADVANCE_JOB: RedisScript = {
  name: 'quarryAdvanceJob',
  keys: 3,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'transient')
if not job[1] or not string.find(ARGV[4], ',' .. job[1] .. ',', 1, true) then return false end
if ARGV[5] ~= '' and ARGV[5] ~= job[2] then return false end
redis.call('HSET', KEYS[1], 'touchedAt', ARGV[2], unpack(ARGV, 7))
if ARGV[6] == '1' then redis.call('HSETNX', KEYS[1], 'startedAt', ARGV[2]) end
redis.call('HDEL', KEYS[1], 'dueAt')
redis.call('ZADD', KEYS[job[3] and 3 or 2], ARGV[2], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return redis.call('HGETALL', KEYS[1])
`,
};

/** What every end does, after which its time to live and its message are left; keys and arguments as END_JOB. */
const END = `
local job = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'transient', 'announce')
if not job[1] or not string.find(ARGV[4], ',' .. job[1] .. ',', 1, true) then return false end
if ARGV[5] ~= '' and ARGV[5] ~= job[2] then return false end
redis.call('HSET', KEYS[1], 'touchedAt', ARGV[2], 'finishedAt', ARGV[2], unpack(ARGV, 8))
redis.call('HDEL', KEYS[1], 'dueAt')
redis.call('ZREM', KEYS[job[3] and 6 or 5], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[1])
if ARGV[7] == '1' then redis.call('ZADD', KEYS[8], 0, ARGV[1]) end
redis.call('ZADD', KEYS[job[4] and 11 or job[3] and 10 or 9], ARGV[2], ARGV[1])
`;

/**
 * A transition to a terminal state (JOB-3: `from` names none). From here on the job's keys have a time to live, should
 * nobody ever delete it.
 *
 * KEYS: 1 job, 2 plan, 3 partials, 4 progress, 5 touched, 6 touched-transient, 7 live, 8 lapsed, 9 ended, 10 ended-transient,
 *       11 owed
 * ARGV: 1 id, 2 now, 3 channel, 4 from, 5 attempt or ``, 6 time to live in ms, 7 `1` unless it succeeded, 8… the fields to set
 * Returns as ADVANCE_JOB.
 */
export const END_JOB: RedisScript = {
  name: 'quarryEndJob',
  keys: 11,
  lua: `${END}
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
redis.call('PUBLISH', ARGV[3], ARGV[1])
return redis.call('HGETALL', KEYS[1])
`,
};

/**
 * Begins and ends a job in one step, without plan and partials: one script in place of five, and one message.
 *
 * KEYS, ARGV: as END_JOB, `from` being queued alone and the job's progress among the fields
 * Returns 1; nil when there is no such job or it is in another state or attempt. Its caller has all that the record holds.
 */
export const END_WHOLE_JOB: RedisScript = {
  name: 'quarryEndWholeJob',
  keys: 11,
  lua: `${END}
redis.call('HSETNX', KEYS[1], 'startedAt', ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[4], ARGV[6])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
`,
};

/**
 * Makes the record of a job that is over. No list of live jobs ever names it, so nothing is taken from them.
 *
 * KEYS: 1 job, 2 ended, or ended-transient when it is one, 3 lapsed, 4 all, 5 tenant, 6 kind,
 *       7 subject (any key of the bucket when there is none)
 * ARGV: 1 id, 2 now, 3 the channel of who expects it, 4 what to say there, 5 `1` unless it succeeded,
 *       6 `1` when there is a subject, 7 time to live in ms, 8… the record's fields
 * Returns 1; 0 when there is a job of that id, which is not changed.
 */
export const RECORD_WHOLE_JOB: RedisScript = {
  name: 'quarryRecordWholeJob',
  keys: 7,
  lua: `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 8))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for i = ARGV[5] == '1' and 3 or 4, ARGV[6] == '1' and 7 or 6 do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
`,
};

/**
 * Runs an ended job again, without the partials of some tasks; one without a plan (END_WHOLE_JOB) from its beginning.
 *
 * KEYS: as END_JOB
 * ARGV: 1 id, 2 now, 3 channel, 4 from, 5… the tasks
 * Returns the record's fields; nil when there is no such job or it is in another state.
 */
export const REOPEN_JOB: RedisScript = {
  name: 'quarryReopenJob',
  keys: 11,
  lua: `
local job = redis.call('HMGET', KEYS[1], 'state', 'createdAt', 'expiresAt', 'transient')
if not job[1] or not string.find(ARGV[4], ',' .. job[1] .. ',', 1, true) then return false end
local done, failed = 0, 0
for i = 5, #ARGV do
  local partial = redis.call('HGET', KEYS[3], ARGV[i])
  if partial then
    redis.call('HDEL', KEYS[3], ARGV[i])
    done = done + 1
    if string.sub(partial, 1, 1) == '1' then failed = failed + 1 end
  end
end
redis.call('HINCRBY', KEYS[1], 'done', 0 - done)
redis.call('HINCRBY', KEYS[1], 'failed', 0 - failed)
redis.call('HINCRBY', KEYS[1], 'attempt', 1)
local state = redis.call('EXISTS', KEYS[2]) == 1 and 'running' or 'queued'
if state == 'queued' then redis.call('HSET', KEYS[1], 'total', 0, 'done', 0, 'failed', 0) end
redis.call('HSET', KEYS[1], 'state', state, 'touchedAt', ARGV[2])
redis.call('HSETNX', KEYS[1], 'startedAt', ARGV[2])
if job[3] then
  redis.call('HSET', KEYS[1], 'expiresAt', string.format('%.17g', ARGV[2] + (job[3] - job[2])))
end
redis.call('HDEL', KEYS[1], 'finishedAt', 'result', 'coverage', 'error', 'receipt', 'dueAt')
redis.call('ZADD', KEYS[job[4] and 6 or 5], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[7], 0, ARGV[1])
for i = 8, 11 do redis.call('ZREM', KEYS[i], ARGV[1]) end
for i = 1, 4 do redis.call('PERSIST', KEYS[i]) end
redis.call('PUBLISH', ARGV[3], ARGV[1])
return redis.call('HGETALL', KEYS[1])
`,
};

/**
 * KEYS: 1 job, 2 plan, 3 partials, 4 progress, 5 ended, 6 ended-transient, 7 owed, 8 lapsed, 9 all, 10 tenant, 11 kind, 12 subject
 *       (any key of the bucket when there is none)
 * ARGV: 1 id, 2 channel, 3 the finishedAt that was seen
 * Returns 1; 0 when the job has been reopened or deleted since.
 */
export const DELETE_JOB: RedisScript = {
  name: 'quarryDeleteJob',
  keys: 12,
  lua: `
if redis.call('HGET', KEYS[1], 'finishedAt') ~= ARGV[3] or redis.call('ZSCORE', KEYS[7], ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
for i = 5, 12 do if i ~= 7 then redis.call('ZREM', KEYS[i], ARGV[1]) end end
redis.call('PUBLISH', ARGV[2], ARGV[1])
return 1
`,
};
