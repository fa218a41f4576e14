CREATE TABLE alarm (
  id       INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL,
  status   TEXT NOT NULL,
  at       INTEGER NOT NULL,
  due_at   INTEGER NOT NULL,
  tries    INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  state    TEXT NOT NULL CHECK (state IN ('waits', 'opening', 'told', 'never')),
  ticket   INTEGER NOT NULL DEFAULT 0,
  comment  INTEGER NOT NULL DEFAULT 0,
  why      TEXT NOT NULL DEFAULT '',
  UNIQUE (order_id, status)
) STRICT;

CREATE INDEX alarm_due ON alarm (due_at) WHERE state IN ('waits', 'opening');

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

CREATE TABLE attempt (
  message    INTEGER NOT NULL REFERENCES message (id),
  n          INTEGER NOT NULL CHECK (n > 0),
  channel    TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  box        TEXT NOT NULL,
  device     TEXT NOT NULL,
  wire_id    TEXT NOT NULL,
  phone      TEXT, -- as dialled, when it differs from the message's
  text       TEXT, -- as sent, when it differs from the message's
  valid_for  INTEGER NOT NULL CHECK (valid_for >= 0),
  parts      INTEGER NOT NULL CHECK (parts >= 0),
  concat_ref INTEGER NOT NULL CHECK (concat_ref BETWEEN 0 AND 255),
  state      TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'not_sent', 'refused', 'uncertain', 'revoked')),
  code       TEXT NOT NULL DEFAULT '',
  started_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_settled ON attempt (settled_at, message) WHERE state = 'accepted';

CREATE INDEX attempt_started ON attempt (channel, started_at);

CREATE INDEX attempt_wire ON attempt (wire_id);

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

CREATE INDEX campaign_person_customer ON campaign_person (customer_id, campaign) WHERE customer_id <> 0;

CREATE INDEX campaign_person_fed ON campaign_person (fed_at, campaign, class) WHERE fed_at IS NOT NULL;

CREATE INDEX campaign_person_message ON campaign_person (message) WHERE message IS NOT NULL;

CREATE INDEX campaign_person_phone ON campaign_person (phone, campaign) WHERE phone <> '';

CREATE INDEX campaign_person_state ON campaign_person (campaign, state);

CREATE INDEX campaign_person_waits ON campaign_person (campaign, zone, class) WHERE state = 'waits';

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

CREATE TABLE card (
  customer INTEGER PRIMARY KEY CHECK (customer > 0),
  total    INTEGER NOT NULL CHECK (total >= 0), -- orders
  as_of    INTEGER NOT NULL,
  old_at   INTEGER,
  seen_at  INTEGER
) STRICT;

CREATE INDEX card_forgotten ON card (coalesce(seen_at, as_of));

CREATE INDEX card_seen ON card (seen_at, old_at, as_of) WHERE seen_at IS NOT NULL;

CREATE TABLE card_email (
  email    TEXT NOT NULL CHECK (email <> ''), -- in small letters
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (email, customer)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_email_of ON card_email (customer);

CREATE TABLE card_look (
  id       INTEGER PRIMARY KEY,
  customer INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  who      TEXT NOT NULL,
  ticket   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX card_look_of ON card_look (customer, id);

CREATE TABLE card_order (
  order_id INTEGER NOT NULL,
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (order_id, customer)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_order_of ON card_order (customer);

CREATE TABLE card_phone (
  phone    TEXT NOT NULL CHECK (phone LIKE '+%'),
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (phone, customer)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_phone_of ON card_phone (customer);

CREATE TABLE card_text (
  customer INTEGER PRIMARY KEY REFERENCES card (customer) ON DELETE CASCADE,
  profile  TEXT NOT NULL CHECK (json_valid(profile)),
  orders   TEXT NOT NULL CHECK (json_valid(orders)),
  entries  TEXT NOT NULL CHECK (json_valid(entries))
) STRICT;

CREATE TABLE change (
  history_id     INTEGER PRIMARY KEY,
  order_id       INTEGER NOT NULL,
  from_status    TEXT NOT NULL,
  to_status      TEXT NOT NULL,
  at             INTEGER,
  own            INTEGER NOT NULL CHECK (own IN (0, 1)),
  decided_at     INTEGER,
  first_decision INTEGER,
  decisions      INTEGER NOT NULL DEFAULT 0 CHECK (decisions >= 0),
  CHECK (decided_at IS NOT NULL OR decisions = 0),
  CHECK ((first_decision IS NULL) = (decisions = 0))
) STRICT;

CREATE INDEX change_order ON change (order_id);

CREATE INDEX change_undecided ON change (history_id) WHERE decided_at IS NULL;

CREATE TABLE chat (
  phone     TEXT PRIMARY KEY,
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL CHECK (opened_by IN ('box', 'customer', 'shop_phone'))
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_opened ON chat (opened_at) WHERE opened_by = 'box';

CREATE TABLE chore (
  name   TEXT PRIMARY KEY CHECK (name <> ''),
  at     INTEGER NOT NULL,
  ok     INTEGER NOT NULL CHECK (ok IN (0, 1)),
  detail TEXT CHECK (json_valid(detail))
) STRICT, WITHOUT ROWID;

CREATE TABLE chosen (
  requester INTEGER PRIMARY KEY,
  customer  INTEGER NOT NULL CHECK (customer > 0),
  at        INTEGER NOT NULL,
  author    TEXT NOT NULL
) STRICT;

CREATE INDEX chosen_at ON chosen (at);

CREATE INDEX chosen_customer ON chosen (customer);

CREATE TABLE consent (
  key         TEXT PRIMARY KEY,
  customer_id INTEGER NOT NULL DEFAULT 0,
  answer      TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
  source      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  word        INTEGER NOT NULL REFERENCES consent_word (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX consent_answer ON consent (answer, at);

CREATE INDEX consent_at ON consent (at);

CREATE INDEX consent_customer ON consent (customer_id, answer) WHERE customer_id <> 0;

CREATE TRIGGER consent_after_campaign AFTER INSERT ON consent_word
WHEN NEW.answer = 'no' AND NEW.source IN ('word', 'hand')
BEGIN
  UPDATE campaign_person SET opted_out_at = NEW.at WHERE opted_out_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM campaign_person p WHERE p.phone = NEW.phone AND p.phone <> ''
      UNION SELECT p.id, p.sent_at FROM campaign_person p WHERE p.customer_id = NEW.customer_id AND p.customer_id <> 0)
    WHERE sent_at <= min(NEW.at, NEW.kept_at) AND sent_at > min(NEW.at, NEW.kept_at) - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;

CREATE TRIGGER consent_word_is_kept BEFORE UPDATE OF answer, source, note, at, kept_at, author ON consent_word
BEGIN
  SELECT raise(ABORT, 'a word about advertising is never changed');
END;

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

CREATE INDEX consent_word_customer ON consent_word (customer_id, at) WHERE customer_id <> 0;

CREATE INDEX consent_word_key ON consent_word (key, at);

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

CREATE UNIQUE INDEX conversation_alias ON conversation (alias, channel) WHERE alias <> '';

CREATE INDEX conversation_called ON conversation (last_at) WHERE called_at IS NOT NULL;

CREATE INDEX conversation_customer ON conversation (customer_id) WHERE customer_id <> 0;

CREATE INDEX conversation_last ON conversation (last_at, id, called_at, name_key, phone);

CREATE INDEX conversation_messenger ON conversation (phone) WHERE channel = 'chat' AND phone <> '';

CREATE INDEX conversation_owed ON conversation (owed_until) WHERE owed_until IS NOT NULL;

CREATE UNIQUE INDEX conversation_phone ON conversation (phone, channel) WHERE phone <> '' AND channel <> 'chat';

CREATE INDEX conversation_refused ON conversation (phone) WHERE opted_out_at IS NOT NULL AND phone <> '';

CREATE INDEX conversation_refused_card ON conversation (customer_id) WHERE opted_out_at IS NOT NULL AND customer_id <> 0;

CREATE INDEX conversation_silent ON conversation (silent_until) WHERE silent_until IS NOT NULL;

CREATE INDEX conversation_stranger ON conversation (looked_up_at, heard_at) WHERE channel = 'chat' AND customer_id = 0;

CREATE INDEX conversation_tail ON conversation (phone_tail) WHERE phone_tail <> '';

CREATE INDEX conversation_unread ON conversation (last_at) WHERE unread > 0;

CREATE TABLE counter (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  since_id INTEGER NOT NULL CHECK (since_id >= 0),
  start_at INTEGER
) STRICT;

CREATE TABLE decision (
  id         INTEGER PRIMARY KEY,
  history_id INTEGER REFERENCES change (history_id),
  rule_id    INTEGER,
  rule       TEXT NOT NULL,
  verdict    TEXT NOT NULL CHECK (verdict IN ('send', 'skip')),
  reason     TEXT NOT NULL,
  args       TEXT CHECK (json_valid(args)),
  order_id   INTEGER,
  number     TEXT NOT NULL,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL, -- the name in small letters, for search
  status     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  trace      TEXT CHECK (json_valid(trace)),
  message    INTEGER REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX decision_number ON decision (number, id) WHERE number <> '';

CREATE INDEX decision_rule ON decision (rule_id, id) WHERE rule_id IS NOT NULL;

CREATE INDEX decision_skipped ON decision (id) WHERE verdict = 'skip';

CREATE TABLE effect (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL CHECK (kind <> ''),
  key      TEXT NOT NULL UNIQUE CHECK (key <> ''),
  order_id INTEGER,
  message  INTEGER REFERENCES message (id),
  value    TEXT NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'dropped')),
  tries    INTEGER NOT NULL CHECK (tries >= 0),
  next_at  INTEGER NOT NULL,
  error    TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

CREATE INDEX effect_due ON effect (next_at, id) WHERE state = 'pending';

CREATE INDEX effect_message ON effect (message) WHERE message IS NOT NULL;

CREATE INDEX effect_stuck ON effect (id) WHERE message IS NULL AND (state = 'failed' OR state = 'pending' AND tries > 3);

CREATE TABLE file (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  name   TEXT NOT NULL,
  mime   TEXT NOT NULL,
  data   BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT;

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

CREATE TABLE helpdesk_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hour (
  hour           INTEGER PRIMARY KEY,
  first_decision INTEGER,
  first_message  INTEGER,
  first_incoming INTEGER
) STRICT;

CREATE TRIGGER incoming_answers_campaign AFTER INSERT ON incoming
WHEN NEW.from_shop = 0 AND NEW.event = '' AND NEW.conversation IS NOT NULL
BEGIN
  UPDATE campaign_person SET answered_at = coalesce(NEW.at, NEW.kept_at) WHERE answered_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.phone = c.phone AND p.phone <> '' WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.customer_id = c.customer_id AND p.customer_id <> 0 WHERE c.id = NEW.conversation)
    WHERE sent_at <= iif(NEW.at < NEW.kept_at - 60000, NEW.at, NEW.kept_at) AND sent_at > coalesce(NEW.at, NEW.kept_at) - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;

CREATE TABLE incoming (
  id        INTEGER PRIMARY KEY,
  channel   TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  device    TEXT NOT NULL,
  wire_id   TEXT NOT NULL,
  phone     TEXT NOT NULL, -- of the sender
  alias     TEXT NOT NULL,
  name      TEXT NOT NULL,
  text      TEXT NOT NULL,
  media     TEXT NOT NULL,
  at        INTEGER,
  from_shop INTEGER NOT NULL CHECK (from_shop IN (0, 1)),
  to_phone  TEXT NOT NULL,
  kept_at   INTEGER NOT NULL,
  conversation INTEGER REFERENCES conversation (id),
  event        TEXT NOT NULL DEFAULT '',
  payload      TEXT NOT NULL DEFAULT '',
  dialog       INTEGER NOT NULL DEFAULT 0,
  operator     INTEGER NOT NULL DEFAULT 0,
  -- What was heard waits until then for the bot.
  done_at      INTEGER,
  why          TEXT NOT NULL DEFAULT '',
  args         TEXT CHECK (json_valid(args)),
  command      TEXT NOT NULL DEFAULT '',
  phrase       TEXT NOT NULL DEFAULT '',
  UNIQUE (wire_id, channel, device)
) STRICT;

CREATE INDEX incoming_command ON incoming (kept_at, command, conversation) WHERE command <> '';

CREATE INDEX incoming_open ON incoming (conversation, id) WHERE done_at IS NULL;

CREATE INDEX incoming_phrase ON incoming (kept_at, phrase) WHERE phrase <> '';

CREATE INDEX incoming_shop ON incoming (conversation, id) WHERE done_at IS NULL AND (from_shop = 1 OR event <> '');

CREATE INDEX incoming_talk ON incoming (conversation, id) WHERE conversation IS NOT NULL;

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

CREATE TABLE link_event (
  id         INTEGER PRIMARY KEY,
  channel    TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  device     TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state <> ''),
  cause      TEXT NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER,
  phone      TEXT NOT NULL,
  name       TEXT NOT NULL,
  port       TEXT NOT NULL,
  signal_dbm INTEGER NOT NULL,
  last_seen  INTEGER
) STRICT;

CREATE INDEX link_event_since ON link_event (channel, since);

CREATE TABLE login (
  token_hash TEXT PRIMARY KEY,
  user       INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  csrf       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_user ON login (user);

CREATE TRIGGER mark_after_campaign AFTER INSERT ON mark
BEGIN
  UPDATE campaign_person SET marked_at = NEW.at WHERE marked_at IS NULL AND id = (
    SELECT id FROM (
      SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.phone = c.phone AND p.phone <> '' WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM conversation c JOIN campaign_person p ON p.customer_id = c.customer_id AND p.customer_id <> 0 WHERE c.id = NEW.conversation
      UNION SELECT p.id, p.sent_at FROM campaign_person p WHERE p.customer_id = NEW.customer_id AND p.customer_id <> 0)
    WHERE sent_at <= NEW.at AND sent_at > NEW.at - 1209600000 ORDER BY sent_at DESC LIMIT 1);
END;

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

CREATE INDEX mark_at ON mark (at);

CREATE INDEX mark_customer ON mark (customer_id) WHERE customer_id IS NOT NULL;

CREATE UNIQUE INDEX mark_order ON mark (order_id, about) WHERE order_id IS NOT NULL;

CREATE INDEX mark_talk ON mark (conversation, id);

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

CREATE TABLE message (
  id             INTEGER PRIMARY KEY,
  decision       INTEGER NOT NULL REFERENCES decision (id),
  dedupe_key     TEXT CHECK (dedupe_key <> ''),
  phone          TEXT NOT NULL CHECK (phone = '' OR phone LIKE '+%'),
  -- The digits of the phone, last one first: one index finds a whole number and the
  -- last digits that a person reads out.
  phone_tail     TEXT NOT NULL,
  purpose        TEXT NOT NULL CHECK (purpose IN ('reply', 'test', 'order', 'rating', 'campaign')),
  priority       INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 4),
  text           TEXT NOT NULL CHECK (text <> ''),
  state          TEXT NOT NULL CHECK (state IN ('held', 'queued', 'sending', 'accepted', 'delivered', 'read',
                                                'failed', 'expired', 'cancelled', 'unknown')),
  reason         TEXT NOT NULL,
  channels       TEXT NOT NULL,
  channel        TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  rule_id        INTEGER,
  rule           TEXT NOT NULL,
  order_id       INTEGER,
  order_number   TEXT NOT NULL,
  hours_from     INTEGER NOT NULL CHECK (hours_from BETWEEN 0 AND 1440),
  hours_to       INTEGER NOT NULL CHECK (hours_to BETWEEN 0 AND 1440),
  fallback_after INTEGER NOT NULL CHECK (fallback_after >= 0),
  not_before     INTEGER,
  expires_at     INTEGER,
  fallback_at    INTEGER,
  resolve_at     INTEGER,
  attempts       INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  -- When a waiting message is to be looked at; NULL for one that waits for a person.
  due_at INTEGER GENERATED ALWAYS AS (CASE state
    WHEN 'queued' THEN min(coalesce(not_before, 0), coalesce(expires_at, 9223372036854775807))
    WHEN 'held' THEN nullif(min(coalesce(not_before, 9223372036854775807), coalesce(expires_at, 9223372036854775807)), 9223372036854775807)
  END) VIRTUAL,
  -- When a message that is not in the queue is to be looked at.
  alarm_at INTEGER GENERATED ALWAYS AS (CASE state
    WHEN 'unknown' THEN resolve_at
    WHEN 'accepted' THEN fallback_at
  END) VIRTUAL,
  alias        TEXT NOT NULL DEFAULT '',
  conversation INTEGER REFERENCES conversation (id),
  by_bot       INTEGER NOT NULL DEFAULT 0 CHECK (by_bot IN (0, 1)),
  customer_id  INTEGER,
  suggestions  TEXT CHECK (json_valid(suggestions)),
  zone         TEXT NOT NULL DEFAULT '',
  campaign     INTEGER,
  file         INTEGER
) STRICT;

CREATE INDEX message_alarm ON message (alarm_at) WHERE alarm_at IS NOT NULL;

CREATE UNIQUE INDEX message_dedupe ON message (dedupe_key) WHERE dedupe_key IS NOT NULL;

CREATE INDEX message_due ON message (channel, priority, due_at, id) WHERE state IN ('queued', 'held');

CREATE INDEX message_person ON message (id)
  WHERE (state = 'held' AND not_before IS NULL) OR (state = 'unknown' AND resolve_at IS NULL);

CREATE INDEX message_phone ON message (phone_tail, id);

CREATE INDEX message_state ON message (state, id, channel);

CREATE INDEX message_talk ON message (conversation, id) WHERE conversation IS NOT NULL;

CREATE TABLE mg_post (
  wire_id TEXT PRIMARY KEY,
  chat    TEXT NOT NULL,
  mg_id   INTEGER NOT NULL DEFAULT 0, -- 0: its answer did not come
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX mg_post_chat ON mg_post (chat, at);

CREATE INDEX mg_post_id ON mg_post (mg_id) WHERE mg_id <> 0;

CREATE TABLE mg_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE modem_part (
  wire_id      TEXT NOT NULL,
  seq          INTEGER NOT NULL CHECK (seq > 0),
  total        INTEGER NOT NULL CHECK (total BETWEEN 1 AND 255),
  device       TEXT NOT NULL,
  phone        TEXT NOT NULL,
  concat_ref   INTEGER NOT NULL CHECK (concat_ref BETWEEN 0 AND 255),
  state        TEXT NOT NULL CHECK (state IN ('sending', 'not_sent', 'accepted', 'delivered', 'failed')),
  mr           INTEGER NOT NULL CHECK (mr BETWEEN -1 AND 255),
  submitted_at INTEGER NOT NULL,
  report       TEXT NOT NULL,
  PRIMARY KEY (wire_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX modem_part_mr ON modem_part (device, mr, submitted_at);

CREATE TABLE modem_pin (
  key      TEXT PRIMARY KEY,
  tried_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pair (
  ticket    INTEGER PRIMARY KEY,
  customer  INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  value     TEXT NOT NULL CHECK (json_valid(value))
) STRICT;

CREATE INDEX pair_closed ON pair (closed_at);

CREATE INDEX pair_customer ON pair (customer) WHERE customer <> 0;

CREATE TABLE presence (
  phone     TEXT PRIMARY KEY,
  answer    TEXT NOT NULL CHECK (answer IN ('yes', 'no', 'unknown')),
  canonical TEXT NOT NULL,
  alias     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  source    TEXT NOT NULL CHECK (source IN ('', 'directory', 'receipt', 'incoming'))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER receipt_is_a_proof BEFORE UPDATE OF wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at ON receipt
BEGIN
  SELECT raise(ABORT, 'a receipt is never changed');
END;

CREATE TABLE receipt (
  wire_id  TEXT NOT NULL,
  channel  TEXT NOT NULL CHECK (channel IN ('whatsapp', 'sms', 'chat')),
  kind     TEXT NOT NULL CHECK (kind IN ('delivered', 'read', 'trying', 'failed')),
  part     INTEGER NOT NULL CHECK (part >= 0),
  at       INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  device   TEXT NOT NULL,
  parts    INTEGER NOT NULL CHECK (parts >= 0),
  phone    TEXT NOT NULL,
  kept_at  INTEGER NOT NULL,
  message  INTEGER REFERENCES message (id),
  PRIMARY KEY (wire_id, channel, kind, part, at, evidence)
) STRICT, WITHOUT ROWID;

CREATE TABLE reference (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  value TEXT NOT NULL CHECK (json_valid(value)),
  at    INTEGER
) STRICT;

CREATE TABLE review_link (
  token      TEXT PRIMARY KEY CHECK (token <> ''),
  person     INTEGER,
  order_id   INTEGER,
  made_at    INTEGER NOT NULL,
  clicked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX review_link_order ON review_link (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE rule (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL CHECK (name <> ''),
  version    INTEGER NOT NULL CHECK (version > 0),
  deleted_at INTEGER,
  deleted_by TEXT
) STRICT;

CREATE UNIQUE INDEX rule_name ON rule (name) WHERE deleted_at IS NULL;

CREATE TABLE rule_version (
  rule_id        INTEGER NOT NULL REFERENCES rule (id),
  version        INTEGER NOT NULL CHECK (version > 0),
  name           TEXT NOT NULL,
  enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  statuses       TEXT NOT NULL,
  text           TEXT NOT NULL,
  channels       TEXT NOT NULL,
  once           TEXT NOT NULL CHECK (once IN ('order', 'change')),
  fallback_after INTEGER NOT NULL CHECK (fallback_after >= 0),
  hours_from     INTEGER NOT NULL CHECK (hours_from BETWEEN 0 AND 1440),
  hours_to       INTEGER NOT NULL CHECK (hours_to BETWEEN 0 AND 1440),
  expires_after  INTEGER NOT NULL CHECK (expires_after >= 0),
  if_missing     TEXT NOT NULL CHECK (if_missing IN ('send', 'skip')),
  at             INTEGER NOT NULL,
  author         TEXT NOT NULL,
  PRIMARY KEY (rule_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE script (
  version INTEGER PRIMARY KEY,
  value   TEXT NOT NULL CHECK (json_valid(value)),
  at      INTEGER NOT NULL,
  author  TEXT NOT NULL
) STRICT;

CREATE TABLE secret (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (value <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE "setting" (
  section TEXT PRIMARY KEY CHECK (section <> ''),
  value   TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE setting_change (
  id             INTEGER PRIMARY KEY,
  at             INTEGER NOT NULL,
  author         TEXT NOT NULL,
  section        TEXT NOT NULL,
  before         TEXT CHECK (json_valid(before)),
  after          TEXT NOT NULL CHECK (json_valid(after)),
  secret_changed INTEGER NOT NULL CHECK (secret_changed IN (0, 1))
) STRICT;

CREATE TABLE sms_part (
  message INTEGER NOT NULL,
  n       INTEGER NOT NULL,
  seq     INTEGER NOT NULL CHECK (seq > 0),
  mr      INTEGER NOT NULL DEFAULT -1 CHECK (mr BETWEEN -1 AND 255),
  state   TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'delivered', 'failed')),
  PRIMARY KEY (message, n, seq),
  FOREIGN KEY (message, n) REFERENCES attempt (message, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket (
  id         INTEGER PRIMARY KEY,
  number     TEXT NOT NULL,
  updated    TEXT NOT NULL, -- the helpdesk's own time
  written    TEXT NOT NULL DEFAULT '', -- the same after our own last write
  requester  INTEGER NOT NULL,
  seen       INTEGER NOT NULL CHECK (seen > 0), -- how often it was seen changed
  first_seen INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  looked_at  INTEGER NOT NULL,
  open       INTEGER NOT NULL CHECK (open IN (0, 1)),
  closed_at  INTEGER,
  due_at     INTEGER,
  found      TEXT NOT NULL DEFAULT '' CHECK (found IN ('', 'found', 'ambiguous', 'unknown', 'degraded')),
  customer   INTEGER NOT NULL DEFAULT 0 CHECK (customer >= 0),
  raised_at  INTEGER,
  topic      TEXT NOT NULL DEFAULT '',
  internal   INTEGER NOT NULL DEFAULT 0 CHECK (internal IN (0, 1)),
  paired     INTEGER NOT NULL DEFAULT 0 CHECK (paired BETWEEN 0 AND 3),
  erased     INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
  search_key TEXT NOT NULL, -- number, title and names, in small letters
  products   TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(products)),
  said       TEXT NOT NULL CHECK (json_valid(said)),
  known      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(known)),
  CHECK ((closed_at IS NULL) = (open = 1))
) STRICT;

CREATE INDEX ticket_closed ON ticket (closed_at) WHERE open = 0 AND erased = 0;

CREATE INDEX ticket_customer ON ticket (customer, id) WHERE customer <> 0;

CREATE INDEX ticket_due ON ticket (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX ticket_list ON ticket (first_seen, id, open, found, raised_at, search_key);

CREATE INDEX ticket_looked ON ticket (looked_at) WHERE open = 1;

CREATE INDEX ticket_open_of ON ticket (customer) WHERE open = 1 AND customer <> 0;

CREATE INDEX ticket_requester ON ticket (requester) WHERE erased = 0;

CREATE INDEX ticket_unpaired ON ticket (closed_at) WHERE open = 0 AND customer <> 0 AND internal = 0 AND paired < 3;

CREATE TABLE ticket_event (
  id     INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
  at     INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  args   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(args)),
  UNIQUE (ticket, reason, args)
) STRICT;

CREATE TABLE ticket_person (
  id    INTEGER PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value)),
  at    INTEGER NOT NULL
) STRICT;

CREATE INDEX ticket_person_at ON ticket_person (at);

CREATE TABLE token (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL CHECK (name <> ''),
  role       TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'operator')),
  hash       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;

CREATE TABLE trace (
  message INTEGER NOT NULL REFERENCES message (id),
  n       INTEGER NOT NULL CHECK (n > 0),
  at      INTEGER NOT NULL,
  reason  TEXT NOT NULL,
  args    TEXT CHECK (json_valid(args)),
  PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL CHECK (name <> ''),
  name_key   TEXT NOT NULL UNIQUE, -- in small letters
  role       TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'operator')),
  hash       TEXT NOT NULL,
  language   TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

