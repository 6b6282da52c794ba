-- When an operator last signed in. Sessions that are still kept tell of those from before.
ALTER TABLE operators ADD COLUMN last_sign_in_at INTEGER;
UPDATE operators SET last_sign_in_at = (SELECT max(created_at) FROM operator_sessions WHERE operator_id = operators.id);
