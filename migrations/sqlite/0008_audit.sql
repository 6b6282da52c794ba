-- Retention of the log, and the audit trail of one object.

-- With which entry a stream begins, the hash before it (NULL: its genesis), and proof that the installation cut it there.
ALTER TABLE log_heads ADD COLUMN first_seq   INTEGER NOT NULL DEFAULT 1 CHECK (first_seq >= 1);
ALTER TABLE log_heads ADD COLUMN first_hash  BLOB CHECK (length(first_hash) = 32);
ALTER TABLE log_heads ADD COLUMN first_proof BLOB CHECK (length(first_proof) = 32);

-- From this position on the project's order has no gaps.
ALTER TABLE log_positions ADD COLUMN first_position INTEGER NOT NULL DEFAULT 1;

CREATE INDEX log_entries_target ON log_entries (project_id, target_id, position) WHERE position IS NOT NULL;
