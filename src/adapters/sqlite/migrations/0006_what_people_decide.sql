-- What people decide: preferences, suppressions of a type or a topic alone, frequency caps, links, and to be forgotten.

-- What one person wants: {"choices": [[channel, type, topic, wanted], …], "quiet_hours": "21:00-08:00" or "none"}.
ALTER TABLE recipients ADD COLUMN preferences TEXT CHECK (preferences IS NULL OR json_type(preferences) = 'object');
-- Rises with each change of the preferences or of the time zone, so that a begin sees what a claim could not know.
ALTER TABLE recipients ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- Who was erased; the row stays for what was sent, with an id that no caller can give and nothing else.
ALTER TABLE recipients ADD COLUMN erased_at_ms INTEGER CHECK (
  erased_at_ms IS NULL
  OR (
    id = ' erased ' || seq
    AND coalesce(name, email, phone, push_tokens, web_push, locale, timezone, attributes, preferences) IS NULL
  )
);
CREATE INDEX recipients_erased ON recipients (seq) WHERE erased_at_ms IS NOT NULL;
-- What is found by those who are erased. The queries repeat the literals, or SQLite does not use the index.
CREATE INDEX recipients_of_email ON recipients (email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE INDEX recipients_of_phone ON recipients (phone) WHERE phone IS NOT NULL;
CREATE INDEX notifications_of_content ON notifications (content_id) WHERE campaign_id IS NULL;
CREATE INDEX receipts_of_nobody ON receipts (channel, address) WHERE notification_id IS NULL AND address IS NOT NULL;
CREATE INDEX idempotency_keys_answered ON idempotency_keys (scope, key) WHERE answer IS NOT NULL;

-- The day of the recipient's calendar, since 1970-01-01, on which it took a place under a frequency cap. It counts while
-- it is begun, sent, delivered, unknown, or may be out.
ALTER TABLE notifications ADD COLUMN capped_on INTEGER;
CREATE INDEX notifications_capped ON notifications (recipient_seq, capped_on) WHERE capped_on IS NOT NULL;

-- An address may be out of use for everything, for a type or for a topic, and for several reasons.
CREATE TABLE suppressions_by_scope (
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  address TEXT NOT NULL,  -- mail addresses in lower case
  reason TEXT NOT NULL CHECK (reason IN ('unreachable', 'complaint', 'unsubscribe', 'stop', 'manual')),
  scope TEXT NOT NULL CHECK (scope = 'all' OR scope LIKE 'type:%' OR scope LIKE 'topic:%'),
  detail TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (channel, address, reason, scope)
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions_by_scope (channel, address, reason, scope, detail, at_ms)
SELECT channel, address, reason, 'all', detail, at_ms FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE suppressions_by_scope RENAME TO suppressions;

-- The suppressions of those who were erased, under a keyed hash of channel and address: when somebody stores the address
-- again they stand against it again.
CREATE TABLE erased_suppressions (
  digest TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('unreachable', 'complaint', 'unsubscribe', 'stop', 'manual')),
  scope TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (digest, reason, scope)
) STRICT, WITHOUT ROWID;

-- Which links are good: those of the generations from the oldest to the present one.
ALTER TABLE identity ADD COLUMN links_generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE identity ADD COLUMN links_oldest INTEGER NOT NULL DEFAULT 1
  CHECK (links_oldest BETWEEN 1 AND links_generation);

-- A campaign by the recipient's clock: the time on the wall, the zone of those who have none, and how long each lives;
-- without the last all expire with the campaign.
ALTER TABLE campaigns ADD COLUMN local_time TEXT CHECK (local_time GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]');
ALTER TABLE campaigns ADD COLUMN local_fallback TEXT CHECK ((local_time IS NULL) = (local_fallback IS NULL));
ALTER TABLE campaigns ADD COLUMN local_lifetime_ms INTEGER CHECK (
  local_lifetime_ms IS NULL OR (local_lifetime_ms > 0 AND local_time IS NOT NULL)
);

-- How fast a campaign goes: when its lane was first claimed from since it was started or resumed, and how many of it
-- had come to an end by then.
ALTER TABLE lanes ADD COLUMN began_at_ms INTEGER;
ALTER TABLE lanes ADD COLUMN ended_before INTEGER NOT NULL DEFAULT 0;
