-- Jobs count their failures apart from how often they were claimed.
ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
