-- A broker's file as version 1 of the schema left it. Never rewritten: data folders like it are out there.
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
  body TEXT NOT NULL
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

INSERT INTO mailbox VALUES ('box');
UPDATE counter SET value = 4;
INSERT INTO message VALUES (1, 'box', 2, 3, 1, 4, 1700000000000, NULL, NULL, 1, 'held');
INSERT INTO message VALUES (2, 'box', 0, 0, 2, 0, 1700000000010, NULL, NULL, NULL, 'waiting');
INSERT INTO dead_letter VALUES (4, 'box', 0, 6, 1700000000020, 1700000000030, 'no', 'dead');
INSERT INTO owner VALUES (1, 'gone', 7, NULL);
PRAGMA application_id = 1363300939;
PRAGMA user_version = 1;
