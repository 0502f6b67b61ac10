-- Times are epoch milliseconds, UTC. Ids are never used again (AUTOINCREMENT). A CHECK for every invariant.

CREATE TABLE identity (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  store_id TEXT NOT NULL
) STRICT;

CREATE TABLE recipients (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which a campaign's cursor passes them
  id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 255),
  name TEXT,
  email TEXT,
  phone TEXT CHECK (phone IS NULL OR phone GLOB '+[1-9]*'),
  push_tokens TEXT CHECK (push_tokens IS NULL OR json_array_length(push_tokens) > 0),  -- JSON array of texts
  web_push TEXT CHECK (web_push IS NULL OR json_array_length(web_push) > 0),           -- JSON array of objects
  locale TEXT,
  timezone TEXT,
  attributes TEXT CHECK (attributes IS NULL OR json_type(attributes) = 'object')
) STRICT;

-- What is said, once for all who are told the same.
CREATE TABLE contents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT,
  body TEXT,
  html TEXT,
  data TEXT CHECK (data IS NULL OR json_type(data) = 'object'),
  markup TEXT NOT NULL CHECK (markup IN ('literal', 'jinja')),
  CHECK (body IS NOT NULL OR html IS NOT NULL OR data IS NOT NULL)
) STRICT;

CREATE TABLE campaigns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  channels TEXT NOT NULL CHECK (json_array_length(channels) > 0),
  type TEXT NOT NULL CHECK (type IN ('transactional', 'informational', 'promotional')),
  content_id INTEGER NOT NULL REFERENCES contents (id),
  audience TEXT NOT NULL CHECK (json_type(audience) = 'object'),
  topic TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'paused', 'finished', 'cancelled')),
  send_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  cursor INTEGER NOT NULL DEFAULT 0,  -- recipients up to this seq were looked at
  last_seq INTEGER NOT NULL,          -- who came later does not belong to it
  considered INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL,
  created INTEGER NOT NULL DEFAULT 0,
  no_address INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  CHECK (cursor <= last_seq),
  CHECK (expires_at_ms > send_at_ms)
) STRICT;

-- The members of a campaign whose audience is a list.
CREATE TABLE campaign_members (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE lanes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  type TEXT NOT NULL CHECK (type IN ('transactional', 'informational', 'promotional')),
  campaign_id INTEGER REFERENCES campaigns (id) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused', 'closed')),
  rate REAL CHECK (rate > 0),  -- a second
  tokens REAL,
  tokens_at_ms INTEGER,
  CHECK ((tokens IS NULL) = (tokens_at_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX lanes_of_campaign ON lanes (campaign_id, channel) WHERE campaign_id IS NOT NULL;
CREATE UNIQUE INDEX lanes_standing ON lanes (channel, type) WHERE campaign_id IS NULL;

INSERT INTO lanes (channel, type)
SELECT channel.value, type.value
  FROM json_each('["email", "sms", "push", "web_push", "in_app"]') AS channel,
       json_each('["transactional", "informational", "promotional"]') AS type
 ORDER BY channel.key, type.key;

CREATE TABLE notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient_seq INTEGER NOT NULL REFERENCES recipients (seq),
  lane_id INTEGER NOT NULL REFERENCES lanes (id),  -- says channel, type and campaign
  content_id INTEGER NOT NULL REFERENCES contents (id),
  campaign_id INTEGER,                             -- the lane's, here for uniqueness
  status TEXT NOT NULL DEFAULT 'pending' CHECK (
    status IN ('pending', 'sending', 'sent', 'delivered', 'unknown', 'failed', 'suppressed', 'expired', 'cancelled')
  ),
  send_at_ms INTEGER NOT NULL,
  next_attempt_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- of the present budget
  fence INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0),        -- claims, ever
  revived_at_fence INTEGER NOT NULL DEFAULT 0,                -- the fence when the present budget began
  losses INTEGER NOT NULL DEFAULT 0 CHECK (losses >= 0),      -- dispatchers that died holding it
  may_be_out INTEGER NOT NULL DEFAULT 0 CHECK (may_be_out IN (0, 1)),
  begun INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),
  cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
  owner INTEGER,
  lease_until_ms INTEGER,
  topic TEXT,
  key TEXT,
  reason TEXT,
  CHECK ((status = 'sending') = (lease_until_ms IS NOT NULL)),
  CHECK ((status = 'sending') = (owner IS NOT NULL)),
  CHECK ((status IN ('pending', 'sending')) = (finished_at_ms IS NULL)),
  CHECK (begun = 0 OR status = 'sending'),
  CHECK (revived_at_fence BETWEEN 0 AND fence)
) STRICT;
-- The queries repeat these literals, or SQLite does not use the index.
CREATE INDEX notifications_ready ON notifications (lane_id, next_attempt_at_ms)
  WHERE status = 'pending' AND losses = 0;
CREATE INDEX notifications_suspect ON notifications (lane_id, next_attempt_at_ms)
  WHERE status = 'pending' AND losses > 0;
CREATE INDEX notifications_held ON notifications (owner, lease_until_ms) WHERE status = 'sending';
CREATE INDEX notifications_revivable ON notifications (status) WHERE status IN ('failed', 'unknown');
CREATE UNIQUE INDEX notifications_of_campaign ON notifications (campaign_id, recipient_seq, lane_id)
  WHERE campaign_id IS NOT NULL;
CREATE INDEX notifications_of_recipient ON notifications (recipient_seq);

-- What was handed to which gateway for which address. A dispatcher that died leaves a row without gateway and address.
CREATE TABLE hand_overs (
  notification_id INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  fence INTEGER NOT NULL,
  gateway TEXT NOT NULL,
  address TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (
    outcome IN (
      'accepted', 'deferred', 'throttled', 'rejected', 'unreachable', 'gateway_down', 'unknown', 'not_started'
    )
  ),
  at_ms INTEGER NOT NULL,
  duration_ms INTEGER,
  provider_id TEXT,
  reason TEXT,
  PRIMARY KEY (notification_id, fence, gateway, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  notification_id INTEGER REFERENCES notifications (id) ON DELETE CASCADE,
  answer TEXT,  -- of a request that makes several; empty until there is one
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, key),
  CHECK ((notification_id IS NULL) <> (answer IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_of_notification ON idempotency_keys (notification_id)
  WHERE notification_id IS NOT NULL;

CREATE TABLE suppressions (
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  address TEXT NOT NULL,  -- mail addresses in lower case
  reason TEXT NOT NULL CHECK (reason IN ('unreachable', 'complaint', 'unsubscribe', 'stop', 'manual')),
  detail TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (channel, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox_items (
  notification_id INTEGER PRIMARY KEY REFERENCES notifications (id) ON DELETE CASCADE,
  recipient_seq INTEGER NOT NULL REFERENCES recipients (seq),
  type TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  subject TEXT,
  body TEXT,
  topic TEXT,
  data TEXT,
  seen_at_ms INTEGER,
  read_at_ms INTEGER
) STRICT;
CREATE INDEX inbox_items_of_recipient ON inbox_items (recipient_seq, notification_id);

CREATE TABLE gateways (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,
  unknowns INTEGER NOT NULL DEFAULT 0,
  paused_until_ms INTEGER,
  reason TEXT,
  rate REAL,
  tokens REAL,
  tokens_at_ms INTEGER,
  CHECK ((tokens IS NULL) = (tokens_at_ms IS NULL))
) STRICT;

CREATE TABLE dispatchers (
  owner INTEGER PRIMARY KEY AUTOINCREMENT,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER
) STRICT;
