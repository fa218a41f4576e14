-- The settings' sections are the program's to know.
CREATE TABLE setting_new (
  section TEXT PRIMARY KEY CHECK (section <> ''),
  value   TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
INSERT INTO setting_new SELECT section, value FROM setting;
DROP TABLE setting;
ALTER TABLE setting_new RENAME TO setting;

-- What the box does for itself from time to time (audit, backup, rehearsal), and how
-- it went the last time.
CREATE TABLE chore (
  name   TEXT PRIMARY KEY CHECK (name <> ''),
  at     INTEGER NOT NULL,
  ok     INTEGER NOT NULL CHECK (ok IN (0, 1)),
  detail TEXT CHECK (json_valid(detail))
) STRICT, WITHOUT ROWID;

-- What the auditor found and did not mend, or mended a short time ago.
CREATE TABLE finding (
  key       TEXT PRIMARY KEY CHECK (key <> ''),
  kind      TEXT NOT NULL CHECK (kind <> ''),
  message   INTEGER REFERENCES message (id),
  args      TEXT CHECK (json_valid(args)),
  first_at  INTEGER NOT NULL,
  last_at   INTEGER NOT NULL,
  mended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_message ON finding (message) WHERE message IS NOT NULL;
