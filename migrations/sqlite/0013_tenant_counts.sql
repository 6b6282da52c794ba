-- How many tenants there are of each status, plan and kind, and how that came about day by day.

-- A change that is not counted yet: from what to what, NULL where the tenant was not yet there or is no more. Written by triggers, so that
-- nothing changes a tenant and is not counted, whichever version of the program does it. Rows stay for seconds: see tenants/counting.rs.
CREATE TABLE tenant_moves (
    project_id  BLOB    NOT NULL,
    tenant_id   BLOB    NOT NULL,
    version     INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    from_status TEXT,
    from_plan   TEXT,
    from_kind   TEXT,
    to_status   TEXT,
    to_plan     TEXT,
    to_kind     TEXT,
    PRIMARY KEY (project_id, tenant_id, version)
) STRICT, WITHOUT ROWID;

-- What there is, but for the changes that are not counted yet.
CREATE TABLE tenant_totals (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    status     TEXT    NOT NULL,
    plan       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (project_id, status, plan, kind)
) STRICT;

-- By how much that changed on a day, counted in days since 1970 in UTC.
CREATE TABLE tenant_days (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    day        INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    plan       TEXT    NOT NULL,
    change     INTEGER NOT NULL,
    PRIMARY KEY (project_id, day, status, plan)
) STRICT;

-- How many tenants went from one status to another on a day; '' is not there.
CREATE TABLE tenant_day_moves (
    project_id  BLOB    NOT NULL REFERENCES projects (id),
    day         INTEGER NOT NULL,
    from_status TEXT    NOT NULL,
    to_status   TEXT    NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (project_id, day, from_status, to_status)
) STRICT;

-- Projects that had tenants before they were counted: the day on which counting began.
CREATE TABLE tenant_counted_from (
    project_id BLOB    NOT NULL PRIMARY KEY REFERENCES projects (id),
    day        INTEGER NOT NULL
) STRICT;

CREATE TRIGGER tenants_made AFTER INSERT ON tenants BEGIN
    INSERT INTO tenant_moves (project_id, tenant_id, version, day, to_status, to_plan, to_kind)
    VALUES (NEW.project_id, NEW.id, NEW.version, NEW.created_at / 86400000000, NEW.status, NEW.plan, NEW.kind);
END;
CREATE TRIGGER tenants_moved AFTER UPDATE OF status, plan, kind ON tenants
WHEN OLD.status <> NEW.status OR OLD.plan <> NEW.plan OR OLD.kind <> NEW.kind BEGIN
    INSERT INTO tenant_moves (project_id, tenant_id, version, day, from_status, from_plan, from_kind, to_status, to_plan, to_kind)
    VALUES (NEW.project_id, NEW.id, NEW.version, NEW.updated_at / 86400000000, OLD.status, OLD.plan, OLD.kind, NEW.status, NEW.plan, NEW.kind);
END;
CREATE TRIGGER tenants_gone AFTER DELETE ON tenants BEGIN
    INSERT INTO tenant_moves (project_id, tenant_id, version, day, from_status, from_plan, from_kind)
    VALUES (OLD.project_id, OLD.id, OLD.version + 1, OLD.updated_at / 86400000000, OLD.status, OLD.plan, OLD.kind);
END;

INSERT INTO tenant_totals (project_id, status, plan, kind, count)
    SELECT project_id, status, plan, kind, count(*) FROM tenants GROUP BY project_id, status, plan, kind;
INSERT INTO tenant_counted_from (project_id, day)
    SELECT DISTINCT project_id, CAST(strftime('%s', 'now') AS INTEGER) / 86400 FROM tenants;
