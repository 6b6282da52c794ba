-- Jobs count their failures apart from how often they were claimed.
ALTER TABLE jobs ADD COLUMN failures bigint NOT NULL DEFAULT 0;

-- A key may be used first for the project and then for a tenant: the second request must find the first one's row.
ALTER POLICY idempotency_keys_scope ON idempotency_keys USING (carcosa_in_project(project_id))
    WITH CHECK (carcosa_in_project(project_id));
