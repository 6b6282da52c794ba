SELECT set_config('carcosa.scope', 'system', true);

-- How often keys were verified, hour by hour, and with what decision. Written in batches, kept for 31 days.
CREATE TABLE key_usage_hours (
    project_id uuid        NOT NULL REFERENCES projects (id),
    tenant_id  uuid,
    key_id     uuid        NOT NULL,
    hour       timestamptz NOT NULL,
    code       text COLLATE "C" NOT NULL,
    count      bigint      NOT NULL,
    PRIMARY KEY (project_id, hour, key_id, code)
);
CREATE INDEX key_usage_hours_key ON key_usage_hours (project_id, key_id, hour);
CREATE INDEX key_usage_hours_tenant ON key_usage_hours (project_id, tenant_id) WHERE tenant_id IS NOT NULL;

-- The same of all keys of a project together, and of what was no key of it.
CREATE TABLE key_usage_totals (
    project_id uuid        NOT NULL REFERENCES projects (id),
    hour       timestamptz NOT NULL,
    code       text COLLATE "C" NOT NULL,
    count      bigint      NOT NULL,
    PRIMARY KEY (project_id, hour, code)
);
CREATE INDEX key_usage_totals_hour ON key_usage_totals (hour);

ALTER TABLE key_usage_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_usage_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY key_usage_hours_open ON key_usage_hours USING (true) WITH CHECK (true);
CREATE POLICY key_usage_hours_scope ON key_usage_hours AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE key_usage_totals ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_usage_totals FORCE ROW LEVEL SECURITY;
CREATE POLICY key_usage_totals_open ON key_usage_totals USING (true) WITH CHECK (true);
CREATE POLICY key_usage_totals_scope ON key_usage_totals AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));
