-- Keys with data and limits of their own. Credits: what is left in the database (nodes have leased more), how it fills up, and which budget it
-- is: the epoch grows when the budget is set or refilled, so that nothing of an old one is given back into a new one.
ALTER TABLE api_keys ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE api_keys ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN rate_limit TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN credits_remaining INTEGER CHECK (credits_remaining >= 0);
ALTER TABLE api_keys ADD COLUMN credits_refill TEXT;
ALTER TABLE api_keys ADD COLUMN credits_refilled_at INTEGER;
ALTER TABLE api_keys ADD COLUMN credits_epoch INTEGER NOT NULL DEFAULT 0;
