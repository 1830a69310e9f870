/** "QJOB" */
export const JOB_STORE_APPLICATION_ID = 0x514a4f42;
export const JOB_STORE_SCHEMA_VERSION = 3;

/**
 * Times are ms since 1970; JSON values are JSON text. `finished_at` is set in terminal states and in no other, which is
 * what the partial indexes rely on. `changed` counts the changes that watchers want to hear of.
 */
const VERSION_1 = `
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  tenant TEXT NOT NULL,
  index_name TEXT NOT NULL,
  spec TEXT,
  priority INTEGER,
  transient INTEGER NOT NULL,
  expires_at REAL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  touched_at INTEGER NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  work_done_bytes REAL NOT NULL,
  work_total_bytes REAL NOT NULL,
  work_documents REAL NOT NULL,
  result TEXT,
  coverage REAL,
  error TEXT,
  receipt TEXT,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX job_of_tenant ON job (tenant, id);
CREATE INDEX job_stalled ON job (touched_at) WHERE finished_at IS NULL;
CREATE INDEX job_ended ON job (finished_at, transient) WHERE finished_at IS NOT NULL;

CREATE TABLE idempotency (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  job TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) WITHOUT ROWID, STRICT;
CREATE INDEX idempotency_job ON idempotency (job);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE plan (
  job TEXT PRIMARY KEY,
  shared TEXT,
  tasks TEXT NOT NULL
) STRICT;

CREATE TABLE partial (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  body TEXT,
  PRIMARY KEY (job, task)
) STRICT;

CREATE TABLE task_progress (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  done_bytes REAL NOT NULL,
  total_bytes REAL NOT NULL,
  documents REAL NOT NULL,
  PRIMARY KEY (job, task)
) WITHOUT ROWID, STRICT;

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_at REAL NOT NULL,
  ttl_ms REAL NOT NULL
) WITHOUT ROWID, STRICT;

-- The last fencing token of any lease: a lease that was deleted comes back with a higher one.
CREATE TABLE fence (token INTEGER NOT NULL) STRICT;
INSERT INTO fence VALUES (0);

CREATE TABLE hint (key TEXT PRIMARY KEY, value REAL NOT NULL, put_at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE INDEX hint_age ON hint (put_at);
`;

/** `owed`: the end of the job has not been announced yet; 1 in terminal states alone. `due_at`: it sleeps until then. */
const VERSION_1_TO_2 = `
ALTER TABLE job ADD COLUMN subject TEXT;
ALTER TABLE job ADD COLUMN callback TEXT;
ALTER TABLE job ADD COLUMN announce INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN tries TEXT;
ALTER TABLE job ADD COLUMN due_at INTEGER;
CREATE INDEX job_of_subject ON job (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX job_owed ON job (finished_at, id) WHERE owed = 1;
DROP INDEX job_ended;
CREATE INDEX job_ended ON job (finished_at, transient) WHERE finished_at IS NOT NULL AND owed = 0;

CREATE TABLE member (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  expires_at REAL NOT NULL,
  ttl_ms REAL NOT NULL
) WITHOUT ROWID, STRICT;
`;

/** Stalled transient jobs are found without reading past the others, at no further index to write. */
const VERSION_2_TO_3 = `
DROP INDEX job_stalled;
CREATE INDEX job_stalled ON job (transient, touched_at) WHERE finished_at IS NULL;
`;

/** Data folders of every earlier version keep working: versions are added here and never rewritten. */
export const JOB_STORE_MIGRATIONS = { 1: VERSION_1_TO_2, 2: VERSION_2_TO_3 };
export const JOB_STORE_SCHEMA = VERSION_1 + VERSION_1_TO_2 + VERSION_2_TO_3;
