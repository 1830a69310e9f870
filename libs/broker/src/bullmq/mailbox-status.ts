import type { Queue } from 'bullmq';
import type { MailboxStatus } from '../broker.ts';

/**
 * Counts one queue in one step. Delayed jobs that are due count as ready, though bullmq moves them only when somebody looks.
 * The oldest is sought where the next jobs come from: at the head of the list of stalled jobs and of each priority, and
 * among the due. Jobs that were retried wait behind and may be older.
 *
 * KEYS: prioritized, wait, delayed, active, failed. ARGV: prefix of the queue's keys, now.
 */
const STATUS_SCRIPT = `
local now = tonumber(ARGV[2])
local due = redis.call('ZCOUNT', KEYS[3], 0, (now + 1) * 0x1000 - 1)
local oldest = now
local function look(id)
  local at = id and tonumber(redis.call('HGET', ARGV[1] .. id, 'timestamp'))
  if at and at < oldest then oldest = at end
end
look(redis.call('LINDEX', KEYS[2], -1))
if due > 0 then look(redis.call('ZRANGE', KEYS[3], 0, 0)[1]) end
local prioritized = redis.call('ZCARD', KEYS[1])
if prioritized > 0 then
  for priority = 1, 10 do
    local from, to = priority * 0x100000000, '(' .. string.format('%.0f', (priority + 1) * 0x100000000)
    look(redis.call('ZRANGEBYSCORE', KEYS[1], from, to, 'LIMIT', 0, 1)[1])
  end
end
return {
  prioritized + redis.call('LLEN', KEYS[2]) + due,
  redis.call('ZCARD', KEYS[3]) - due,
  redis.call('LLEN', KEYS[4]),
  redis.call('ZCARD', KEYS[5]),
  now - oldest
}`;

/** Arguments of EVAL. */
export function statusCommand({ keys }: Queue, now: number): [string, number, ...string[]] {
  const { prioritized, wait, delayed, active, failed } = keys as Record<string, string>;
  const used = [prioritized, wait, delayed, active, failed].map((key) => key ?? '');
  return [STATUS_SCRIPT, used.length, ...used, keys[''] ?? '', String(now)];
}

/** @param answer of the script */
export function mailboxStatus(mailbox: string, answer: unknown): MailboxStatus {
  const [ready = 0, delayed = 0, inFlight = 0, dead = 0, oldestReadyMs = 0] = answer as number[];
  return { mailbox, ready, delayed, inFlight, dead, oldestReadyMs };
}
