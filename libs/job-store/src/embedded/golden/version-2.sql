-- A job store as version 2 of the schema left it. Never rewritten: data folders like it are out there.
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
, subject TEXT, callback TEXT, announce INTEGER NOT NULL DEFAULT 0, owed INTEGER NOT NULL DEFAULT 0, tries TEXT, due_at INTEGER) STRICT;
INSERT INTO job VALUES('02A','import','acme','books','{"q":"größer"}',3,0,1700000900000.0,'queued',1,1700000000010,NULL,NULL,1700000000010,0,0,0,0.0,0.0,0.0,NULL,NULL,NULL,NULL,0,'ep_1',NULL,0,0,NULL,NULL);
INSERT INTO job VALUES('02B','search','acme','books','{"q":"größer"}',NULL,1,NULL,'running',1,1700000000020,1700000000030,NULL,1700000000060,2,1,1,1.0,2.0,3.0,NULL,NULL,NULL,NULL,4,NULL,NULL,0,0,NULL,NULL);
INSERT INTO job VALUES('02C','webhook','acme','books','{"q":"größer"}',NULL,0,NULL,'queued',1,1700000000070,NULL,NULL,1700000005000,0,0,0,0.0,0.0,0.0,NULL,NULL,NULL,NULL,1,NULL,'{"url":"https://example.org/hook"}',0,0,'[{"at":1700000000080,"error":{"kind":"unavailable","code":"receiver_down","message":"busy"}}]',1700000005000);
INSERT INTO job VALUES('02D','search','other','books','{"q":"größer"}',NULL,0,NULL,'succeeded',1,1700000000090,NULL,1700000000100,1700000000100,0,0,0,0.0,0.0,0.0,'{"total":1}',1.0,NULL,'{"bytes":4}',1,NULL,NULL,1,1,NULL,NULL);
INSERT INTO job VALUES('02E','search','acme','books','{"q":"größer"}',NULL,1,NULL,'queued',1,1700000000110,NULL,NULL,1700000000110,0,0,0,0.0,0.0,0.0,NULL,NULL,NULL,NULL,0,NULL,NULL,0,0,NULL,NULL);
CREATE TABLE idempotency (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  job TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) WITHOUT ROWID, STRICT;
INSERT INTO idempotency VALUES('other','k','f','02D',1700000000090);
CREATE TABLE plan (
  job TEXT PRIMARY KEY,
  shared TEXT,
  tasks TEXT NOT NULL
) STRICT;
INSERT INTO "plan" VALUES('02B','{"version":7}','[{"s":0},{"s":1}]');
CREATE TABLE partial (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  body TEXT,
  PRIMARY KEY (job, task)
) STRICT;
INSERT INTO partial VALUES('02B',1,1,'{"hits":[]}');
CREATE TABLE task_progress (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  done_bytes REAL NOT NULL,
  total_bytes REAL NOT NULL,
  documents REAL NOT NULL,
  PRIMARY KEY (job, task)
) WITHOUT ROWID, STRICT;
INSERT INTO task_progress VALUES('02B',0,1.0,2.0,3.0);
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_at REAL NOT NULL,
  ttl_ms REAL NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO lease VALUES('reconciler','a',1,1700000060120.0,60000.0);
CREATE TABLE fence (token INTEGER NOT NULL) STRICT;
INSERT INTO fence VALUES(1);
CREATE TABLE hint (key TEXT PRIMARY KEY, value REAL NOT NULL, put_at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO hint VALUES('version/books',41.0,1700000000130);
CREATE TABLE member (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  expires_at REAL NOT NULL,
  ttl_ms REAL NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO member VALUES('02M','{"id":"02M","kind":"worker","host":"h","pid":1,"version":"1","startedAt":0,"roles":[],"draining":false,"load":{"running":0,"waiting":0,"concurrency":1},"cache":{"bytes":0,"maxBytes":0,"hits":0,"misses":0}}',1700000060140.0,60000.0);
CREATE INDEX job_of_tenant ON job (tenant, id);
CREATE INDEX job_stalled ON job (touched_at) WHERE finished_at IS NULL;
CREATE INDEX idempotency_job ON idempotency (job);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX hint_age ON hint (put_at);
CREATE INDEX job_of_subject ON job (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX job_owed ON job (finished_at, id) WHERE owed = 1;
CREATE INDEX job_ended ON job (finished_at, transient) WHERE finished_at IS NOT NULL AND owed = 0;
PRAGMA application_id=1363824450;
PRAGMA user_version=2;
