-- A job store as version 1 of the schema left it. Never rewritten: data folders like it are out there.
CREATE TABLE fence (token INTEGER NOT NULL) STRICT;
INSERT INTO "fence" VALUES(1);
CREATE TABLE hint (key TEXT PRIMARY KEY, value REAL NOT NULL, put_at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "hint" VALUES('version/books',41.0,1700000000120);
CREATE TABLE idempotency (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  job TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) WITHOUT ROWID, STRICT;
INSERT INTO "idempotency" VALUES('acme','k','f','01B',1700000000020);
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
INSERT INTO "job" VALUES('01A','search','acme','books','{"q":"größer"}',3,0,1700000900000.0,'queued',1,1700000000010,NULL,NULL,1700000000010,0,0,0,0.0,0.0,0.0,NULL,NULL,NULL,NULL,0);
INSERT INTO "job" VALUES('01B','import','acme','books','{"q":"größer"}',NULL,0,NULL,'running',1,1700000000020,1700000000030,NULL,1700000000060,2,1,1,1.0,2.0,3.0,NULL,NULL,NULL,NULL,4);
INSERT INTO "job" VALUES('01C','search','other','books','{"q":"größer"}',NULL,1,NULL,'succeeded',1,1700000000070,NULL,1700000000080,1700000000080,0,0,0,0.0,0.0,0.0,'{"total":1}',1.0,NULL,'{"bytes":4}',1);
INSERT INTO "job" VALUES('01D','search','acme','books','{"q":"größer"}',NULL,0,NULL,'failed',1,1700000000090,NULL,1700000000100,1700000000100,0,0,0,0.0,0.0,0.0,NULL,NULL,'{"kind":"timeout","code":"timeout","message":"late"}',NULL,1);
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_at REAL NOT NULL,
  ttl_ms REAL NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO "lease" VALUES('reconciler','a',1,1700000060110.0,60000.0);
CREATE TABLE partial (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  body TEXT,
  PRIMARY KEY (job, task)
) STRICT;
INSERT INTO "partial" VALUES('01B',1,1,'{"hits":[]}');
CREATE TABLE plan (
  job TEXT PRIMARY KEY,
  shared TEXT,
  tasks TEXT NOT NULL
) STRICT;
INSERT INTO "plan" VALUES('01B','{"version":7}','[{"s":0},{"s":1}]');
CREATE TABLE task_progress (
  job TEXT NOT NULL,
  task INTEGER NOT NULL,
  done_bytes REAL NOT NULL,
  total_bytes REAL NOT NULL,
  documents REAL NOT NULL,
  PRIMARY KEY (job, task)
) WITHOUT ROWID, STRICT;
INSERT INTO "task_progress" VALUES('01B',0,1.0,2.0,3.0);
CREATE INDEX job_of_tenant ON job (tenant, id);
CREATE INDEX job_stalled ON job (touched_at) WHERE finished_at IS NULL;
CREATE INDEX job_ended ON job (finished_at, transient) WHERE finished_at IS NOT NULL;
CREATE INDEX idempotency_job ON idempotency (job);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX hint_age ON hint (put_at);
PRAGMA application_id=1363824450;
PRAGMA user_version=1;
