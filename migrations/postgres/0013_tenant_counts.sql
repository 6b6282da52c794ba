SELECT set_config('carcosa.scope', 'system', true);

-- How many tenants there are of each status, plan and kind, and how that came about day by day.

-- A change that is not counted yet: from what to what, NULL where the tenant was not yet there or is no more. Written by triggers, so that
-- nothing changes a tenant and is not counted, whichever version of the program does it. Rows stay for seconds: see tenants/counting.rs.
CREATE TABLE tenant_moves (
    project_id  uuid    NOT NULL,
    tenant_id   uuid    NOT NULL,
    version     bigint NOT NULL,
    day         bigint NOT NULL,
    from_status text COLLATE "C",
    from_plan   text COLLATE "C",
    from_kind   text COLLATE "C",
    to_status   text COLLATE "C",
    to_plan     text COLLATE "C",
    to_kind     text COLLATE "C",
    PRIMARY KEY (project_id, tenant_id, version)
);

-- What there is, but for the changes that are not counted yet.
CREATE TABLE tenant_totals (
    project_id uuid    NOT NULL REFERENCES projects (id),
    status     text COLLATE "C" NOT NULL,
    plan       text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (project_id, status, plan, kind)
);

-- By how much that changed on a day, counted in days since 1970 in UTC.
CREATE TABLE tenant_days (
    project_id uuid    NOT NULL REFERENCES projects (id),
    day        bigint NOT NULL,
    status     text COLLATE "C" NOT NULL,
    plan       text COLLATE "C" NOT NULL,
    change     bigint NOT NULL,
    PRIMARY KEY (project_id, day, status, plan)
);

-- How many tenants went from one status to another on a day; '' is not there.
CREATE TABLE tenant_day_moves (
    project_id  uuid    NOT NULL REFERENCES projects (id),
    day         bigint NOT NULL,
    from_status text COLLATE "C" NOT NULL,
    to_status   text COLLATE "C" NOT NULL,
    count       bigint NOT NULL,
    PRIMARY KEY (project_id, day, from_status, to_status)
);

-- Projects that had tenants before they were counted: the day on which counting began.
CREATE TABLE tenant_counted_from (
    project_id uuid    NOT NULL PRIMARY KEY REFERENCES projects (id),
    day        bigint NOT NULL
);

-- Makes no rights of its own: the row is written in the scope of the transaction that changes the tenant.
CREATE FUNCTION carcosa_count_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tenant_moves (project_id, tenant_id, version, day, to_status, to_plan, to_kind)
        VALUES (NEW.project_id, NEW.id, NEW.version, floor(extract(epoch FROM NEW.created_at) / 86400)::bigint, NEW.status, NEW.plan, NEW.kind);
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO tenant_moves (project_id, tenant_id, version, day, from_status, from_plan, from_kind, to_status, to_plan, to_kind)
        VALUES (NEW.project_id, NEW.id, NEW.version, floor(extract(epoch FROM NEW.updated_at) / 86400)::bigint,
            OLD.status, OLD.plan, OLD.kind, NEW.status, NEW.plan, NEW.kind);
    ELSE
        INSERT INTO tenant_moves (project_id, tenant_id, version, day, from_status, from_plan, from_kind)
        VALUES (OLD.project_id, OLD.id, OLD.version + 1, floor(extract(epoch FROM OLD.updated_at) / 86400)::bigint, OLD.status, OLD.plan, OLD.kind);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tenants_made AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION carcosa_count_tenant();
CREATE TRIGGER tenants_moved AFTER UPDATE OF status, plan, kind ON tenants FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.plan <> NEW.plan OR OLD.kind <> NEW.kind) EXECUTE FUNCTION carcosa_count_tenant();
CREATE TRIGGER tenants_gone AFTER DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION carcosa_count_tenant();

-- The triggers lock out writers until this is committed, so what is counted here is what there is.
INSERT INTO tenant_totals (project_id, status, plan, kind, count)
    SELECT project_id, status, plan, kind, count(*) FROM tenants GROUP BY project_id, status, plan, kind;
INSERT INTO tenant_counted_from (project_id, day)
    SELECT DISTINCT project_id, floor(extract(epoch FROM now()) / 86400)::bigint FROM tenants;

ALTER TABLE tenant_moves ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_moves FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_moves_open ON tenant_moves USING (true) WITH CHECK (true);
CREATE POLICY tenant_moves_scope ON tenant_moves AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE tenant_totals ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_totals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_totals_open ON tenant_totals USING (true) WITH CHECK (true);
CREATE POLICY tenant_totals_scope ON tenant_totals AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE tenant_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_days_open ON tenant_days USING (true) WITH CHECK (true);
CREATE POLICY tenant_days_scope ON tenant_days AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE tenant_day_moves ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_day_moves FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_day_moves_open ON tenant_day_moves USING (true) WITH CHECK (true);
CREATE POLICY tenant_day_moves_scope ON tenant_day_moves AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE tenant_counted_from ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_counted_from FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_counted_from_open ON tenant_counted_from USING (true) WITH CHECK (true);
CREATE POLICY tenant_counted_from_scope ON tenant_counted_from AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));
