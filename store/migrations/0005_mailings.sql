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

-- Mailings. A number is never given twice: the messages' dedupe keys have it.
CREATE TABLE campaign (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('invitation', 'advertising')),
  state         TEXT NOT NULL CHECK (state IN ('draft', 'starting', 'running', 'paused', 'stopped', 'done')),
  version       INTEGER NOT NULL CHECK (version > 0),
  audience      TEXT NOT NULL CHECK (json_valid(audience)),
  text          TEXT NOT NULL CHECK (json_valid(text)),
  plan          TEXT NOT NULL CHECK (json_valid(plan)),
  report        TEXT NOT NULL,
  collect       TEXT NOT NULL DEFAULT '' CHECK (collect IN ('', 'running', 'done', 'failed')),
  collect_read  INTEGER NOT NULL DEFAULT 0,
  collect_total INTEGER NOT NULL DEFAULT 0,
  collect_found INTEGER NOT NULL DEFAULT 0,
  collect_error TEXT NOT NULL DEFAULT '',
  collect_token INTEGER NOT NULL DEFAULT 0, -- rises with each audience and each gathering
  collect_at    INTEGER,
  why           TEXT NOT NULL DEFAULT '',
  args          TEXT CHECK (json_valid(args)),
  rest          INTEGER NOT NULL DEFAULT 0 CHECK (rest IN (0, 1)),
  -- When it begins, its people are judged in the order of their ids, up to this one;
  judged_to     INTEGER NOT NULL DEFAULT 0,
  -- then they are counted: from then on triggers keep the counts.
  tallied       INTEGER NOT NULL DEFAULT 0 CHECK (tallied IN (0, 1)),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  author        TEXT NOT NULL,
  started_at    INTEGER,
  ended_at      INTEGER,
  pasted        TEXT NOT NULL DEFAULT '', -- the audience's list, which is long and rarely read
  watched_from  INTEGER -- when a person last let it go on: what became of people before has been seen
) STRICT;

-- One person of a mailing. Of his id the upper bits are the mailing's (33 bits below them are his own), so
-- that its people lie together; those who can be written to have theirs by chance: in the order of the ids they are judged,
-- fed and listed, and no other order is kept. Who was refused while he was read stands behind them. They wait from
-- the time they are gathered, each in his class, so that most rows are not written again when the mailing begins.
CREATE TABLE campaign_person (
  id           INTEGER PRIMARY KEY CHECK (id >> 33 = campaign),
  campaign     INTEGER NOT NULL REFERENCES campaign (id),
  state        TEXT NOT NULL CHECK (state IN ('out', 'waits', 'queued', 'sent', 'doubt', 'failed')),
  reason       TEXT NOT NULL DEFAULT '',
  phone        TEXT NOT NULL CHECK (phone = '' OR phone LIKE '+%'),
  customer_id  INTEGER NOT NULL DEFAULT 0,
  class        TEXT NOT NULL DEFAULT '' CHECK (class IN ('', 'warm', 'cold', 'sms_only')),
  variant      INTEGER NOT NULL DEFAULT 0 CHECK (variant >= 0),
  zone         TEXT NOT NULL DEFAULT '',
  known        INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1)),
  allows       TEXT NOT NULL DEFAULT 'unknown' CHECK (allows IN ('yes', 'no', 'unknown')),
  channel      TEXT NOT NULL DEFAULT '' CHECK (channel IN ('', 'whatsapp', 'sms', 'chat')),
  message      INTEGER REFERENCES message (id),
  tries        INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  utc_offset   INTEGER NOT NULL DEFAULT 0, -- of his clock when he was fed, minutes
  fed_at       INTEGER, -- NULL again when he was taken back
  sent_at      INTEGER,
  delivered_at INTEGER,
  read_at      INTEGER,
  answered_at  INTEGER,
  clicked_at   INTEGER,
  marked_at    INTEGER,
  opted_out_at INTEGER,
  line         INTEGER NOT NULL DEFAULT 0,
  order_id     INTEGER,
  language     TEXT NOT NULL DEFAULT '',
  name         TEXT NOT NULL DEFAULT '',
  name_key     TEXT NOT NULL DEFAULT '', -- in small letters, for search
  token        TEXT NOT NULL DEFAULT '',
  args         TEXT CHECK (json_valid(args)),
  fields       TEXT CHECK (json_valid(fields)),
  -- What came of it, one bit for each; and the hour of his day when it left.
  got  INTEGER GENERATED ALWAYS AS ((sent_at IS NOT NULL) + 2 * (delivered_at IS NOT NULL) + 4 * (read_at IS NOT NULL)
    + 8 * (answered_at IS NOT NULL) + 16 * (clicked_at IS NOT NULL) + 32 * (marked_at IS NOT NULL) + 64 * (opted_out_at IS NOT NULL)) VIRTUAL,
  hour INTEGER GENERATED ALWAYS AS (CASE WHEN sent_at IS NULL THEN -1 ELSE (sent_at / 60000 + utc_offset) / 60 % 24 END) VIRTUAL
) STRICT;
CREATE INDEX campaign_person_phone ON campaign_person (phone, campaign) WHERE phone <> '';
CREATE INDEX campaign_person_customer ON campaign_person (customer_id, campaign) WHERE customer_id <> 0;
CREATE INDEX campaign_person_message ON campaign_person (message) WHERE message IS NOT NULL;
CREATE INDEX campaign_person_waits ON campaign_person (campaign, zone, class) WHERE state = 'waits';
CREATE INDEX campaign_person_fed ON campaign_person (fed_at, campaign, class) WHERE fed_at IS NOT NULL;
CREATE INDEX campaign_person_state ON campaign_person (campaign, state);

-- How many people share what became of them, and how many wait by zone and class.
CREATE TABLE campaign_tally (
  campaign INTEGER NOT NULL,
  state    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  channel  TEXT NOT NULL,
  variant  INTEGER NOT NULL,
  hour     INTEGER NOT NULL,
  got      INTEGER NOT NULL,
  n        INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (campaign, state, reason, channel, variant, hour, got)
) STRICT, WITHOUT ROWID;
CREATE TABLE campaign_wait (
  campaign INTEGER NOT NULL,
  zone     TEXT NOT NULL,
  class    TEXT NOT NULL,
  n        INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (campaign, zone, class)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER campaign_person_tallied AFTER UPDATE OF state, reason, channel, variant, utc_offset, sent_at, delivered_at, read_at,
  answered_at, clicked_at, marked_at, opted_out_at ON campaign_person
WHEN (OLD.state, OLD.reason, OLD.channel, OLD.variant, OLD.hour, OLD.got) IS NOT (NEW.state, NEW.reason, NEW.channel, NEW.variant, NEW.hour, NEW.got)
  AND (SELECT tallied FROM campaign WHERE id = NEW.campaign)
BEGIN
  UPDATE campaign_tally SET n = n - 1 WHERE campaign = OLD.campaign AND state = OLD.state AND reason = OLD.reason AND channel = OLD.channel
    AND variant = OLD.variant AND hour = OLD.hour AND got = OLD.got;
  INSERT INTO campaign_tally (campaign, state, reason, channel, variant, hour, got, n)
    VALUES (NEW.campaign, NEW.state, NEW.reason, NEW.channel, NEW.variant, NEW.hour, NEW.got, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER campaign_person_waits_counted AFTER UPDATE OF state ON campaign_person
WHEN (OLD.state = 'waits') <> (NEW.state = 'waits') AND (SELECT tallied FROM campaign WHERE id = NEW.campaign)
BEGIN
  INSERT INTO campaign_wait (campaign, zone, class, n) VALUES (NEW.campaign, NEW.zone, NEW.class, 1)
    ON CONFLICT DO UPDATE SET n = n + iif(NEW.state = 'waits', 1, -1);
END;

-- Whatever becomes of a mailing's message becomes of its person. One that was taken back before it
-- left lets him wait again, unless the mailing has ended.
CREATE TRIGGER message_of_campaign AFTER UPDATE OF state, channel ON message
WHEN NEW.campaign IS NOT NULL AND (NEW.state <> OLD.state OR NEW.channel <> OLD.channel)
BEGIN
  UPDATE campaign_person SET
    state = CASE
      WHEN NEW.state IN ('held', 'queued', 'sending') THEN 'queued'
      WHEN NEW.state IN ('accepted', 'delivered', 'read') THEN 'sent'
      WHEN NEW.state = 'unknown' THEN 'doubt'
      WHEN NEW.state = 'failed' THEN 'failed'
      WHEN NEW.state = 'cancelled' AND NEW.reason = 'campaign_back'
        AND (SELECT state FROM campaign WHERE id = NEW.campaign) NOT IN ('stopped', 'done') THEN 'waits'
      ELSE 'out' END,
    reason = CASE
      WHEN NEW.state IN ('failed', 'expired') THEN NEW.reason
      WHEN NEW.state = 'cancelled' AND NEW.reason <> 'campaign_back' THEN NEW.reason
      WHEN NEW.state = 'cancelled' AND (SELECT state FROM campaign WHERE id = NEW.campaign) IN ('stopped', 'done') THEN 'campaign_stopped'
      ELSE '' END,
    args = NULL,
    channel = iif(NEW.state = 'cancelled' AND NEW.reason = 'campaign_back', '', NEW.channel),
    fed_at = iif(NEW.state = 'cancelled' AND NEW.reason = 'campaign_back', NULL, fed_at),
    sent_at = iif(NEW.state IN ('accepted', 'delivered', 'read'), coalesce(sent_at, NEW.updated_at), sent_at),
    delivered_at = iif(NEW.state IN ('delivered', 'read'), coalesce(delivered_at, NEW.updated_at), delivered_at),
    read_at = iif(NEW.state = 'read', coalesce(read_at, NEW.updated_at), read_at)
  WHERE message = NEW.id AND message IS NOT NULL;
END;

-- What a customer does within two weeks after a mailing counts for the newest one that reached him.
-- Networks tell whole seconds, by clocks of their own: what is heard within a minute was said when
-- it was heard.
CREATE TRIGGER incoming_answers_campaign AFTER INSERT ON incoming
WHEN NEW.from_shop = 0 AND NEW.event = '' AND NEW.conversation IS NOT NULL
BEGIN
  UPDATE campaign_person SET answered_at = coalesce(NEW.at, NEW.kept_at) WHERE answered_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.phone = c.phone AND p.phone <> '' WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.customer_id = c.customer_id AND p.customer_id <> 0 WHERE c.id = NEW.conversation)
    WHERE sent_at <= iif(NEW.at < NEW.kept_at - 60000, NEW.at, NEW.kept_at) AND sent_at > coalesce(NEW.at, NEW.kept_at) - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;
CREATE TRIGGER mark_after_campaign AFTER INSERT ON mark
BEGIN
  UPDATE campaign_person SET marked_at = NEW.at WHERE marked_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.phone = c.phone AND p.phone <> '' WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.customer_id = c.customer_id AND p.customer_id <> 0 WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM campaign_person p WHERE p.customer_id = NEW.customer_id AND p.customer_id <> 0)
    WHERE sent_at <= NEW.at AND sent_at > NEW.at - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;

-- Words about advertising, kept for good, and of each key (a number, else "card/123") the one in force.
CREATE TABLE consent_word (
  id          INTEGER PRIMARY KEY,
  key         TEXT NOT NULL CHECK (key <> ''),
  phone       TEXT NOT NULL CHECK (phone = '' OR phone LIKE '+%'),
  customer_id INTEGER NOT NULL DEFAULT 0,
  answer      TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
  source      TEXT NOT NULL CHECK (source IN ('word', 'crm', 'import', 'hand')),
  note        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  kept_at     INTEGER NOT NULL,
  author      TEXT NOT NULL
) STRICT;
CREATE INDEX consent_word_key ON consent_word (key, at);
CREATE INDEX consent_word_customer ON consent_word (customer_id, at) WHERE customer_id <> 0;
CREATE TRIGGER consent_word_is_kept BEFORE UPDATE OF answer, source, note, at, kept_at, author ON consent_word
BEGIN
  SELECT raise(ABORT, 'a word about advertising is never changed');
END;
CREATE TABLE consent (
  key         TEXT PRIMARY KEY,
  customer_id INTEGER NOT NULL DEFAULT 0,
  answer      TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
  source      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  word        INTEGER NOT NULL REFERENCES consent_word (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_customer ON consent (customer_id, answer) WHERE customer_id <> 0;
CREATE INDEX consent_at ON consent (at);
CREATE INDEX consent_answer ON consent (answer, at);

-- A person's own refusal, in a talk or told to the shop, counts for the newest mailing likewise.
CREATE TRIGGER consent_after_campaign AFTER INSERT ON consent_word
WHEN NEW.answer = 'no' AND NEW.source IN ('word', 'hand')
BEGIN
  UPDATE campaign_person SET opted_out_at = NEW.at WHERE opted_out_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM campaign_person p WHERE p.phone = NEW.phone AND p.phone <> ''
      UNION SELECT p.id, p.sent_at FROM campaign_person p WHERE p.customer_id = NEW.customer_id AND p.customer_id <> 0)
    WHERE sent_at <= min(NEW.at, NEW.kept_at) AND sent_at > min(NEW.at, NEW.kept_at) - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;

-- Talks are told apart quickly when a mailing's people are judged.
CREATE INDEX conversation_refused ON conversation (phone) WHERE opted_out_at IS NOT NULL AND phone <> '';
CREATE INDEX conversation_refused_card ON conversation (customer_id) WHERE opted_out_at IS NOT NULL AND customer_id <> 0;
CREATE INDEX conversation_messenger ON conversation (phone) WHERE channel = 'chat' AND phone <> '';

-- Refusals of the time before are kept as words.
INSERT INTO consent_word (key, phone, customer_id, answer, source, note, at, kept_at, author)
  SELECT iif(phone <> '', phone, 'card/' || customer_id), phone, max(customer_id), 'no', 'word', '', min(opted_out_at), min(opted_out_at), ''
  FROM conversation WHERE opted_out_at IS NOT NULL AND (phone <> '' OR customer_id <> 0) GROUP BY 1;
INSERT INTO consent (key, customer_id, answer, source, at, word) SELECT key, customer_id, answer, source, at, id FROM consent_word;

-- Short keys of people to the place where reviews are left.
CREATE TABLE review_link (
  token      TEXT PRIMARY KEY CHECK (token <> ''),
  person     INTEGER,
  order_id   INTEGER,
  made_at    INTEGER NOT NULL,
  clicked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX review_link_order ON review_link (order_id) WHERE order_id IS NOT NULL;

-- Orders whose customers are invited to leave a review: once for each order.
CREATE TABLE invitation (
  order_id   INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  state      TEXT NOT NULL CHECK (state IN ('waits', 'asked', 'never')),
  why        TEXT NOT NULL DEFAULT '',
  message    INTEGER REFERENCES message (id),
  decision   INTEGER REFERENCES decision (id),
  settled_at INTEGER
) STRICT;
CREATE INDEX invitation_due ON invitation (due_at) WHERE state = 'waits';
CREATE INDEX invitation_settled ON invitation (settled_at) WHERE settled_at IS NOT NULL;

-- Pictures and documents of mailings.
CREATE TABLE file (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  name   TEXT NOT NULL,
  mime   TEXT NOT NULL,
  data   BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
