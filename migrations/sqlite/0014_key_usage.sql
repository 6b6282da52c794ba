-- How often keys were verified, hour by hour, and with what decision. Written in batches, kept for 31 days.
CREATE TABLE key_usage_hours (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    tenant_id  BLOB,
    key_id     BLOB    NOT NULL,
    hour       INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (project_id, hour, key_id, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_usage_hours_key ON key_usage_hours (project_id, key_id, hour);
CREATE INDEX key_usage_hours_tenant ON key_usage_hours (project_id, tenant_id) WHERE tenant_id IS NOT NULL;

-- The same of all keys of a project together, and of what was no key of it.
CREATE TABLE key_usage_totals (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    hour       INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (project_id, hour, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_usage_totals_hour ON key_usage_totals (hour);
