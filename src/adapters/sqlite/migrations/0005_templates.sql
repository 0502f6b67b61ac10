-- Texts under a name. A version is complete, and nothing of it ever changes; a name that is deleted is only hidden.
CREATE TABLE templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  variables TEXT NOT NULL CHECK (json_type(variables) = 'array'),  -- those of its layout too
  layout TEXT,
  layout_version INTEGER,
  draft TEXT NOT NULL CHECK (json_type(draft) = 'object'),         -- as a person wrote it, without the layout
  created_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER,
  UNIQUE (name, version),
  CHECK ((layout IS NULL) = (layout_version IS NULL))
) STRICT;

-- What each of them says, once for all who get it.
CREATE TABLE template_texts (
  template_id INTEGER NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'web_push', 'in_app')),
  locale TEXT NOT NULL,  -- empty for everybody who has no better one
  content_id INTEGER NOT NULL UNIQUE REFERENCES contents (id),
  PRIMARY KEY (template_id, channel, locale)
) STRICT, WITHOUT ROWID;

-- What the template of a notification is filled in with; of a campaign, once for all of it.
ALTER TABLE notifications ADD COLUMN variables TEXT CHECK (variables IS NULL OR json_type(variables) = 'object');
ALTER TABLE campaigns ADD COLUMN variables TEXT CHECK (variables IS NULL OR json_type(variables) = 'object');
ALTER TABLE campaigns ADD COLUMN template_id INTEGER REFERENCES templates (id);
