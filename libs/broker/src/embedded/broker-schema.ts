/** "QBRK" */
export const BROKER_APPLICATION_ID = 0x5142524b;
export const BROKER_SCHEMA_VERSION = 2;

/** The states of a message's row. A dead letter has left the table. */
export const READY = 0;
export const DELAYED = 1;
export const CLAIMED = 2;

/**
 * Times are ms since 1970. `turn` orders the ready messages of a priority: a message that failed goes behind those
 * that wait, so that a poison message never blocks its neighbours. `message_queue` covers claims and counts alike.
 */
export const BROKER_SCHEMA = `
CREATE TABLE mailbox (name TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;

-- The last number given to a message, a turn or a dead letter: numbers are never used twice.
CREATE TABLE counter (value INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (0);

-- A process that consumes. It raises "beat"; who does not see it rise for the owner's time to live takes its claims,
-- and at once who sees that the process is gone.
CREATE TABLE owner (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  beat INTEGER NOT NULL,
  process TEXT                   -- kernel's processIdentity, where the system tells
) STRICT;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  attempt INTEGER NOT NULL,      -- deliveries begun
  published_at INTEGER NOT NULL,
  delayed_at INTEGER,            -- when the delay began; with due_at set only while delayed
  due_at INTEGER,
  owner INTEGER,                 -- set only while claimed
  body TEXT NOT NULL,
  retries INTEGER NOT NULL DEFAULT 0 -- deliveries that were answered "again, later"
) STRICT;
CREATE INDEX message_queue ON message (mailbox, state, priority DESC, turn, published_at);
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_owner ON message (owner) WHERE owner IS NOT NULL;

CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,
  priority INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  died_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX dead_letter_mailbox ON dead_letter (mailbox, id);
`;

/** By version: what makes the next one of it. */
export const BROKER_MIGRATIONS: Readonly<Record<number, string>> = {
  1: 'ALTER TABLE message ADD COLUMN retries INTEGER NOT NULL DEFAULT 0',
};
