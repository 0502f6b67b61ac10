-- What providers say later, what people do in their inbox, attachments, and tests that reach no gateway.

-- What seals return paths and tokens; it never leaves the store, and is drawn right after this step.
ALTER TABLE identity ADD COLUMN secret TEXT;

-- What providers said of messages.
CREATE TABLE receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (
    kind IN (
      'accepted', 'deferred', 'delivered', 'bounced', 'opened', 'clicked', 'complained', 'unsubscribed', 'resubscribed'
    )
  ),
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  at_ms INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  notification_id INTEGER REFERENCES notifications (id) ON DELETE CASCADE,
  fence INTEGER,
  address TEXT,  -- as the list of suppressions has it
  provider_id TEXT,
  reason TEXT,
  strikes INTEGER CHECK (strikes > 0),
  by_machine INTEGER NOT NULL CHECK (by_machine IN (0, 1)),
  waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1)),  -- until its hand-over is concluded
  raw TEXT NOT NULL,
  UNIQUE (gateway, event_id),
  CHECK ((notification_id IS NULL) = (fence IS NULL)),
  CHECK (waits = 0 OR notification_id IS NOT NULL)
) STRICT;
-- The queries repeat these literals, or SQLite does not use the index.
CREATE INDEX receipts_of_notification ON receipts (notification_id) WHERE notification_id IS NOT NULL;
CREATE INDEX receipts_waiting ON receipts (notification_id) WHERE waits = 1;
CREATE INDEX receipts_of_address ON receipts (channel, address, kind, at_ms)
  WHERE address IS NOT NULL AND kind IN ('bounced', 'resubscribed');

-- An address may be out of use for several reasons, each with a row of its own.
CREATE TABLE suppressions_by_reason (
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  address TEXT NOT NULL,  -- mail addresses in lower case
  reason TEXT NOT NULL CHECK (reason IN ('unreachable', 'complaint', 'unsubscribe', 'stop', 'manual')),
  detail TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (channel, address, reason)
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions_by_reason (channel, address, reason, detail, at_ms)
SELECT channel, address, reason, detail, at_ms FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE suppressions_by_reason RENAME TO suppressions;

-- The words that counters may count grow by what receipts tell; a CHECK cannot be altered, so the table is made anew.
CREATE TABLE counters_of_more (
  day INTEGER NOT NULL,                            -- whole days since 1970-01-01, UTC
  lane_id INTEGER NOT NULL REFERENCES lanes (id),  -- says channel, type and campaign
  gateway TEXT NOT NULL,                           -- empty where none had a part in it
  what TEXT NOT NULL CHECK (
    what = 'created'
    -- a step of the lifecycle
    OR what = 'claim' OR what = 'accept' OR what = 'defer' OR what = 'postpone' OR what = 'reject' OR what = 'lose'
    OR what = 'deliver' OR what = 'bounce' OR what = 'revive' OR what = 'cancel' OR what = 'expire'
    OR what = 'suppress'
    -- what a hand-over led to
    OR what = 'accepted' OR what = 'deferred' OR what = 'throttled' OR what = 'rejected' OR what = 'unreachable'
    OR what = 'gateway_down' OR what = 'unknown' OR what = 'not_started'
    -- how long it took until accepted
    OR what = 'latency'
    -- what a receipt told that is no step
    OR what = 'opened' OR what = 'clicked' OR what = 'opened_by_machine' OR what = 'clicked_by_machine'
    OR what = 'complained' OR what = 'unsubscribed'
  ),
  bound_ms INTEGER NOT NULL,                       -- of a latency: the longest one that counts here; else 0
  number INTEGER NOT NULL CHECK (number > 0),
  PRIMARY KEY (day, lane_id, gateway, what, bound_ms),
  CHECK ((what = 'latency') = (bound_ms > 0))
) STRICT, WITHOUT ROWID;
INSERT INTO counters_of_more SELECT * FROM counters;
DROP TABLE counters;
ALTER TABLE counters_of_more RENAME TO counters;

-- The inbox: put away, and what happened in it, so that a stream can go on where it was cut off.
ALTER TABLE inbox_items ADD COLUMN archived_at_ms INTEGER
  CHECK (read_at_ms IS NULL OR seen_at_ms IS NOT NULL);  -- of the whole row: what was read has been seen
-- Pages and counts read nothing else.
CREATE INDEX inbox_items_shown
  ON inbox_items (recipient_seq, archived_at_ms, notification_id, seen_at_ms, read_at_ms);
DROP INDEX inbox_items_of_recipient;
CREATE TABLE inbox_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient_seq INTEGER NOT NULL REFERENCES recipients (seq),
  notification_id INTEGER,  -- empty where all were marked; an event may outlive its item
  what TEXT NOT NULL CHECK (what IN ('new', 'seen', 'unseen', 'read', 'unread', 'archived', 'unarchived')),
  at_ms INTEGER NOT NULL,
  CHECK (what <> 'new' OR notification_id IS NOT NULL)
) STRICT;
CREATE INDEX inbox_events_of_recipient ON inbox_events (recipient_seq, seq);

-- Files that go with an email, once for all who get the same.
CREATE TABLE attachments (
  content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  filename TEXT NOT NULL,
  media_type TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (content_id, position)
) STRICT;
ALTER TABLE contents ADD COLUMN attachments INTEGER NOT NULL DEFAULT 0 CHECK (attachments >= 0);  -- how many

-- What was asked for with a test key goes its whole way in lanes of its own, and reaches no gateway.
ALTER TABLE api_keys ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1));
ALTER TABLE campaigns ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1));

-- Of each channel of a campaign, the reasons for which a suppressed address gets nothing of it; without an entry, every
-- reason counts.
ALTER TABLE campaigns ADD COLUMN stopped_by TEXT NOT NULL DEFAULT '{}' CHECK (json_type(stopped_by) = 'object');

ALTER TABLE lanes ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1));
DROP INDEX lanes_standing;
CREATE UNIQUE INDEX lanes_standing ON lanes (channel, type, test) WHERE campaign_id IS NULL;
INSERT INTO lanes (channel, type, test)
SELECT channel.value, type.value, 1
  FROM json_each('["email", "sms", "push", "web_push", "in_app"]') AS channel,
       json_each('["transactional", "informational", "promotional"]') AS type
 ORDER BY channel.key, type.key;
