-- What happened, by day, and how many stand in each status now: a report reads these and not every notification.

-- Only ever added to, in the transaction that changes a status or keeps a hand-over. (One comparison a word: IN would
-- build a table of the words each time a row is written, which costs more than writing it.)
CREATE TABLE counters (
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
  ),
  bound_ms INTEGER NOT NULL,                       -- of a latency: the longest one that counts here; else 0
  number INTEGER NOT NULL CHECK (number > 0),
  PRIMARY KEY (day, lane_id, gateway, what, bound_ms),
  CHECK ((what = 'latency') = (bound_ms > 0))
) STRICT, WITHOUT ROWID;

-- How many notifications of a lane stand where. Every pair has its row from the start, so that a change is an UPDATE:
-- a CHECK of an INSERT looks at the change, before the conflict makes an UPDATE of it.
CREATE TABLE gauges (
  lane_id INTEGER NOT NULL REFERENCES lanes (id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (
    status IN ('pending', 'sending', 'sent', 'delivered', 'unknown', 'failed', 'suppressed', 'expired', 'cancelled')
  ),
  number INTEGER NOT NULL DEFAULT 0 CHECK (number >= 0),
  PRIMARY KEY (lane_id, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER lanes_have_gauges AFTER INSERT ON lanes
BEGIN
  INSERT INTO gauges (lane_id, status)
  VALUES (new.id, 'pending'), (new.id, 'sending'), (new.id, 'sent'), (new.id, 'delivered'), (new.id, 'unknown'),
         (new.id, 'failed'), (new.id, 'suppressed'), (new.id, 'expired'), (new.id, 'cancelled');
END;

-- The gauges of the lanes that are there.
INSERT INTO gauges (lane_id, status)
SELECT l.id, word.value
  FROM lanes AS l,
       json_each('["pending", "sending", "sent", "delivered", "unknown", "failed", "suppressed", "expired", "cancelled"]')
         AS word;
UPDATE gauges
   SET number = counted.number
  FROM (SELECT lane_id, status, count(*) AS number FROM notifications GROUP BY lane_id, status) AS counted
 WHERE counted.lane_id = gauges.lane_id AND counted.status = gauges.status;

-- What can be known of the time before: not when something was claimed, postponed or revived.
INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT created_at_ms / 86400000, lane_id, '', 'created', 0, count(*) FROM notifications GROUP BY 1, 2;

INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT finished_at_ms / 86400000, lane_id, '',
       CASE status
         WHEN 'sent' THEN 'accept' WHEN 'delivered' THEN 'accept' WHEN 'unknown' THEN 'lose' WHEN 'failed' THEN 'reject'
         WHEN 'suppressed' THEN 'suppress' WHEN 'expired' THEN 'expire' WHEN 'cancelled' THEN 'cancel'
       END AS step,
       0, count(*)
  FROM notifications
 WHERE finished_at_ms IS NOT NULL
 GROUP BY 1, 2, step;

INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT finished_at_ms / 86400000, lane_id, '', 'deliver', 0, count(*)
  FROM notifications
 WHERE status = 'delivered'
 GROUP BY 1, 2;

-- An attempt that another one followed was deferred, and so was the last one of what waits.
INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT at_ms / 86400000, lane_id, '', 'defer', 0, count(*)
  FROM (
    SELECT n.lane_id, max(h.at_ms) AS at_ms, h.attempt,
           lead(h.attempt, 1, CASE n.status WHEN 'pending' THEN n.attempts + 1 WHEN 'sending' THEN n.attempts END)
             OVER (PARTITION BY h.notification_id ORDER BY h.fence) AS next_attempt
      FROM hand_overs AS h
      JOIN notifications AS n ON n.id = h.notification_id
     GROUP BY h.notification_id, h.fence
  )
 WHERE next_attempt = attempt + 1
 GROUP BY 1, 2;

INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT h.at_ms / 86400000, n.lane_id, h.gateway, h.outcome, 0, count(*)
  FROM hand_overs AS h
  JOIN notifications AS n ON n.id = h.notification_id
 GROUP BY 1, 2, 3, 4;

-- The bounds of domain.latency.
CREATE TEMP TABLE bounds AS
WITH RECURSIVE bound (ms) AS (
  SELECT 1 UNION ALL SELECT ms + max(1, ms / 10) FROM bound WHERE ms < 316224000000
)
SELECT ms FROM bound;
CREATE UNIQUE INDEX temp.bounds_by_ms ON bounds (ms);

INSERT INTO counters (day, lane_id, gateway, what, bound_ms, number)
SELECT day, lane_id, gateway, 'latency', (SELECT min(b.ms) FROM bounds AS b WHERE b.ms >= latency_ms) AS bound_ms,
       sum(number)
  FROM (
    SELECT h.at_ms / 86400000 AS day, n.lane_id, h.gateway,
           min(h.at_ms - max(n.send_at_ms, n.created_at_ms), 316224000000) AS latency_ms, count(*) AS number
      FROM hand_overs AS h
      JOIN notifications AS n ON n.id = h.notification_id
     WHERE h.outcome = 'accepted'
     GROUP BY 1, 2, 3, 4
  )
 GROUP BY 1, 2, 3, 5;
DROP TABLE temp.bounds;

-- The notification whose failure opened the breaker, and until when one that tries the gateway is out.
ALTER TABLE gateways ADD COLUMN opened_by INTEGER;
ALTER TABLE gateways ADD COLUMN probing_until_ms INTEGER;
