-- Steering: lanes that a person paused, and campaigns whose cursor runs.

-- What a person paused stays so when its campaign is paused and resumed.
ALTER TABLE lanes ADD COLUMN paused_by_hand INTEGER NOT NULL DEFAULT 0
  CHECK (paused_by_hand IN (0, 1) AND (paused_by_hand = 0 OR state <> 'open'));

-- The queries repeat the literal, or SQLite does not use the index.
CREATE INDEX campaigns_running ON campaigns (id) WHERE status = 'running';
