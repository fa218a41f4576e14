-- What is kept of the CRM's customers so that their cards are there at once: the head of a card is
-- written often, its texts seldom and apart from it.
CREATE TABLE card (
  customer INTEGER PRIMARY KEY CHECK (customer > 0),
  total    INTEGER NOT NULL CHECK (total >= 0), -- orders
  as_of    INTEGER NOT NULL,
  old_at   INTEGER,
  seen_at  INTEGER
) STRICT;
CREATE INDEX card_seen ON card (seen_at, old_at, as_of) WHERE seen_at IS NOT NULL;
CREATE INDEX card_forgotten ON card (coalesce(seen_at, as_of));

CREATE TABLE card_text (
  customer INTEGER PRIMARY KEY REFERENCES card (customer) ON DELETE CASCADE,
  profile  TEXT NOT NULL CHECK (json_valid(profile)),
  orders   TEXT NOT NULL CHECK (json_valid(orders)),
  entries  TEXT NOT NULL CHECK (json_valid(entries))
) STRICT;

-- By what a kept card is found.
CREATE TABLE card_email (
  email    TEXT NOT NULL CHECK (email <> ''), -- in small letters
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (email, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_email_of ON card_email (customer);
CREATE TABLE card_phone (
  phone    TEXT NOT NULL CHECK (phone LIKE '+%'),
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (phone, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_phone_of ON card_phone (customer);
CREATE TABLE card_order (
  order_id INTEGER NOT NULL,
  customer INTEGER NOT NULL REFERENCES card (customer) ON DELETE CASCADE,
  PRIMARY KEY (order_id, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_order_of ON card_order (customer);

-- Who has looked at a customer.
CREATE TABLE card_look (
  id       INTEGER PRIMARY KEY,
  customer INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  who      TEXT NOT NULL,
  ticket   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX card_look_of ON card_look (customer, id);

-- Which customer a person said that a requester of the helpdesk is.
CREATE TABLE chosen (
  requester INTEGER PRIMARY KEY,
  customer  INTEGER NOT NULL CHECK (customer > 0),
  at        INTEGER NOT NULL,
  author    TEXT NOT NULL
) STRICT;
CREATE INDEX chosen_customer ON chosen (customer);
CREATE INDEX chosen_at ON chosen (at);

-- The helpdesk's tickets: what it says of them, and what this box knows and did. Columns are
-- for look-ups and lists.
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
CREATE INDEX ticket_due ON ticket (due_at) WHERE due_at IS NOT NULL;
-- Lists and searches read this one alone.
CREATE INDEX ticket_list ON ticket (first_seen, id, open, found, raised_at, search_key);
CREATE INDEX ticket_customer ON ticket (customer, id) WHERE customer <> 0;
CREATE INDEX ticket_open_of ON ticket (customer) WHERE open = 1 AND customer <> 0;
CREATE INDEX ticket_looked ON ticket (looked_at) WHERE open = 1;
CREATE INDEX ticket_closed ON ticket (closed_at) WHERE open = 0 AND erased = 0;
CREATE INDEX ticket_unpaired ON ticket (closed_at) WHERE open = 0 AND customer <> 0 AND internal = 0 AND paired < 3;
CREATE INDEX ticket_requester ON ticket (requester) WHERE erased = 0;

CREATE TABLE ticket_event (
  id     INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
  at     INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  args   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(args)),
  UNIQUE (ticket, reason, args)
) STRICT;

-- Users of the helpdesk as last read.
CREATE TABLE ticket_person (
  id    INTEGER PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value)),
  at    INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_person_at ON ticket_person (at);

-- Orders that reached a status of which support is to know: once for each of them.
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

-- Customers after a ticket, beside like ones without.
CREATE TABLE pair (
  ticket    INTEGER PRIMARY KEY,
  customer  INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  value     TEXT NOT NULL CHECK (json_valid(value))
) STRICT;
CREATE INDEX pair_closed ON pair (closed_at);
CREATE INDEX pair_customer ON pair (customer) WHERE customer <> 0;

-- How far the helpdesk was read, and its vocabulary.
CREATE TABLE helpdesk_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- For a customer's card: what happened to his orders, and his marks.
CREATE INDEX change_order ON change (order_id);
CREATE INDEX mark_customer ON mark (customer_id) WHERE customer_id IS NOT NULL;
