-- A message may go to somebody whose number nobody knows: then its alias says who. That
-- and the new columns of two large tables are written into the schema itself, as
-- sqlite.org/lang_altertable.html (section 7, "making other kinds of table schema changes") has it for
-- changes that no row's content depends on; a row that is too short for its table has the
-- columns' defaults (sqlite.org/fileformat2.html, section 2.4). ALTER TABLE would read the whole of a
-- STRICT table for each column, and a new table would be written anew: minutes for a
-- ledger of a million messages on a card.
PRAGMA writable_schema = 1;
UPDATE sqlite_schema SET sql = replace(replace(sql, 'CHECK (phone LIKE ''+%'')', 'CHECK (phone = '''' OR phone LIKE ''+%'')'),
  'END) VIRTUAL
) STRICT', 'END) VIRTUAL,
  alias        TEXT NOT NULL DEFAULT '''',
  conversation INTEGER REFERENCES conversation (id),
  by_bot       INTEGER NOT NULL DEFAULT 0 CHECK (by_bot IN (0, 1)),
  customer_id  INTEGER,
  suggestions  TEXT CHECK (json_valid(suggestions))
) STRICT') WHERE type = 'table' AND name = 'message';
UPDATE sqlite_schema SET sql = replace(sql, '
  UNIQUE (wire_id, channel, device)', '
  conversation INTEGER REFERENCES conversation (id),
  event        TEXT NOT NULL DEFAULT '''',
  payload      TEXT NOT NULL DEFAULT '''',
  dialog       INTEGER NOT NULL DEFAULT 0,
  operator     INTEGER NOT NULL DEFAULT 0,
  -- What was heard waits until then for the bot.
  done_at      INTEGER,
  why          TEXT NOT NULL DEFAULT '''',
  args         TEXT CHECK (json_valid(args)),
  command      TEXT NOT NULL DEFAULT '''',
  phrase       TEXT NOT NULL DEFAULT '''',
  UNIQUE (wire_id, channel, device)') WHERE type = 'table' AND name = 'incoming';
-- The kinds of effects are the program's to know.
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (kind IN (''mark_whatsapp''))', 'CHECK (kind <> '''')')
  WHERE type = 'table' AND name = 'effect';
PRAGMA writable_schema = RESET;

-- One customer in one channel: a WhatsApp chat, the SMS to and from a number, a chat in
-- one of the CRM's messengers. What lists look through stands before the bot's memory,
-- which is long.
CREATE TABLE conversation (
  id           INTEGER PRIMARY KEY,
  channel      TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  phone        TEXT NOT NULL CHECK (phone = '' OR phone LIKE '+%'),
  phone_tail   TEXT NOT NULL, -- its digits, last one first, as in message
  alias        TEXT NOT NULL,
  name         TEXT NOT NULL,
  name_key     TEXT NOT NULL, -- in small letters, for search
  heard_at     INTEGER,
  said_at      INTEGER,
  last_at      INTEGER NOT NULL DEFAULT 0, -- the later of the two, for lists (not GENERATED: an index on that never covers)
  unread       INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
  version      INTEGER NOT NULL DEFAULT 0,
  silent_until INTEGER,
  silent_why   TEXT NOT NULL DEFAULT '',
  taken_at     INTEGER,
  called_at    INTEGER,
  called_why   TEXT NOT NULL DEFAULT '',
  owed_until   INTEGER,
  mark_until   INTEGER,
  opted_out_at INTEGER,
  customer_id  INTEGER NOT NULL DEFAULT 0,
  looked_up_at INTEGER,
  messenger    TEXT NOT NULL DEFAULT '',
  account      INTEGER NOT NULL DEFAULT 0,
  mg_customer  INTEGER NOT NULL DEFAULT 0,
  dialog       INTEGER NOT NULL DEFAULT 0,
  operator     INTEGER NOT NULL DEFAULT 0,
  answer_until INTEGER,
  blocked      INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
  state        TEXT CHECK (json_valid(state)),
  CHECK (phone <> '' OR alias <> ''),
  CHECK (last_at = max(coalesce(heard_at, 0), coalesce(said_at, 0)))
) STRICT;
CREATE UNIQUE INDEX conversation_phone ON conversation (phone, channel) WHERE phone <> '' AND channel <> 'chat';
CREATE UNIQUE INDEX conversation_alias ON conversation (alias, channel) WHERE alias <> '';
CREATE INDEX conversation_tail ON conversation (phone_tail) WHERE phone_tail <> '';
CREATE INDEX conversation_customer ON conversation (customer_id) WHERE customer_id <> 0;
-- Lists and searches read this one alone: the rows themselves are long.
CREATE INDEX conversation_last ON conversation (last_at, id, called_at, name_key, phone);
CREATE INDEX conversation_called ON conversation (last_at) WHERE called_at IS NOT NULL;
CREATE INDEX conversation_unread ON conversation (last_at) WHERE unread > 0;
CREATE INDEX conversation_silent ON conversation (silent_until) WHERE silent_until IS NOT NULL;
CREATE INDEX conversation_owed ON conversation (owed_until) WHERE owed_until IS NOT NULL;
CREATE INDEX conversation_stranger ON conversation (looked_up_at, heard_at) WHERE channel = 'chat' AND customer_id = 0;

CREATE INDEX message_talk ON message (conversation, id) WHERE conversation IS NOT NULL;
-- What the networks took, in the order in which they did: it is shown among the CRM's
-- chats.
CREATE INDEX attempt_settled ON attempt (settled_at, message) WHERE state = 'accepted';

-- Nothing that came before the bot did is answered.
UPDATE incoming SET done_at = kept_at;
CREATE INDEX incoming_open ON incoming (conversation, id) WHERE done_at IS NULL;
CREATE INDEX incoming_shop ON incoming (conversation, id) WHERE done_at IS NULL AND (from_shop = 1 OR event <> '');
CREATE INDEX incoming_talk ON incoming (conversation, id) WHERE conversation IS NOT NULL;
CREATE INDEX incoming_phrase ON incoming (kept_at, phrase) WHERE phrase <> '';
CREATE INDEX incoming_command ON incoming (kept_at, command, conversation) WHERE command <> '';

-- What customers gave the shop and the couriers: one mark for each of them and an order.
CREATE TABLE mark (
  id           INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation (id),
  order_id     INTEGER,
  number       TEXT NOT NULL,
  customer_id  INTEGER,
  name         TEXT NOT NULL,
  about        TEXT NOT NULL CHECK (about IN ('shop', 'courier')),
  mark         INTEGER NOT NULL CHECK (mark BETWEEN 1 AND 5),
  comment      TEXT NOT NULL DEFAULT '',
  courier      TEXT NOT NULL DEFAULT '',
  at           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX mark_order ON mark (order_id, about) WHERE order_id IS NOT NULL;
CREATE INDEX mark_talk ON mark (conversation, id);
CREATE INDEX mark_at ON mark (at);

-- Orders whose customers are to be asked for marks: once for each order.
CREATE TABLE ask (
  order_id    INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  state       TEXT NOT NULL CHECK (state IN ('waits', 'asked', 'never')),
  why         TEXT NOT NULL DEFAULT '',
  customer_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ask_due ON ask (due_at) WHERE state = 'waits';

-- The bot's script, its newest versions.
CREATE TABLE script (
  version INTEGER PRIMARY KEY,
  value   TEXT NOT NULL CHECK (json_valid(value)),
  at      INTEGER NOT NULL,
  author  TEXT NOT NULL
) STRICT;

-- Effects that belong to no message and will not go by themselves: nobody sees them on a
-- message's page.
CREATE INDEX effect_stuck ON effect (id) WHERE message IS NULL AND (state = 'failed' OR state = 'pending' AND tries > 3);

-- What the door to the CRM's chats has to know again after a restart
-- (gateway/messagegateway, Journal). The keys lie in the table of secrets.
CREATE TABLE mg_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mg_post (
  wire_id TEXT PRIMARY KEY,
  chat    TEXT NOT NULL,
  mg_id   INTEGER NOT NULL DEFAULT 0, -- 0: its answer did not come
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mg_post_id ON mg_post (mg_id) WHERE mg_id <> 0;
CREATE INDEX mg_post_chat ON mg_post (chat, at);
