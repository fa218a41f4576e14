-- A message of a mailing says of which, in whose zone its hours are, and what file goes with it. As in
-- 0003 the columns are written into the schema itself: ALTER TABLE would read the whole ledger.
PRAGMA writable_schema = 1;
UPDATE sqlite_schema SET sql = replace(sql, '
  suggestions  TEXT CHECK (json_valid(suggestions))
) STRICT', '
  suggestions  TEXT CHECK (json_valid(suggestions)),
  zone         TEXT NOT NULL DEFAULT '''',
  campaign     INTEGER,
  file         INTEGER
) STRICT') WHERE type = 'table' AND name = 'message';
PRAGMA writable_schema = RESET;
