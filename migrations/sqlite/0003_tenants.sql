-- Tenants and what hangs on them.

-- plan and branding are what applies; *_own is what the tenant itself says, *_from whose value it is.
CREATE TABLE tenants (
    project_id      BLOB    NOT NULL REFERENCES projects (id),
    id              BLOB    NOT NULL,
    name            TEXT    NOT NULL,
    slug            TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('individual', 'organization')),
    description     TEXT,
    status          TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'suspended', 'archived', 'deleted')),
    status_before   TEXT,
    status_reason   TEXT,
    parent_id       BLOB    CHECK (parent_id <> id),
    region          TEXT,
    external_id     TEXT,
    metadata        TEXT    NOT NULL,
    plan            TEXT    NOT NULL,
    plan_own        TEXT,
    plan_mode       TEXT    NOT NULL CHECK (plan_mode IN ('inherit', 'override', 'lock')),
    plan_from       BLOB    NOT NULL,
    plan_locked     INTEGER NOT NULL CHECK (plan_locked IN (0, 1)),
    branding        TEXT    NOT NULL,
    branding_own    TEXT,
    branding_mode   TEXT    NOT NULL CHECK (branding_mode IN ('inherit', 'override', 'lock')),
    branding_from   BLOB    NOT NULL,
    branding_locked INTEGER NOT NULL CHECK (branding_locked IN (0, 1)),
    activated_at    INTEGER,
    suspended_at    INTEGER,
    archived_at     INTEGER,
    deleted_at      INTEGER,
    purge_at        INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, external_id),
    FOREIGN KEY (project_id, parent_id) REFERENCES tenants (project_id, id),
    CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
    CHECK ((status = 'deleted') = (purge_at IS NOT NULL))
) STRICT;
CREATE INDEX tenants_name ON tenants (project_id, name, id);
CREATE INDEX tenants_updated ON tenants (project_id, updated_at, id);
CREATE INDEX tenants_status ON tenants (project_id, status, id);
CREATE INDEX tenants_plan ON tenants (project_id, plan, id);
CREATE INDEX tenants_parent ON tenants (project_id, parent_id, id) WHERE parent_id IS NOT NULL;

-- Every slug a tenant has or had: each belongs to it for good.
CREATE TABLE tenant_slugs (
    project_id BLOB    NOT NULL,
    slug       TEXT    NOT NULL,
    tenant_id  BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, slug),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX tenant_slugs_tenant ON tenant_slugs (project_id, tenant_id);

-- The number to try next for a slug made from a name that is taken.
CREATE TABLE slug_counters (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    base       TEXT    NOT NULL,
    next       INTEGER NOT NULL,
    PRIMARY KEY (project_id, base)
) STRICT;

-- Whoever changes who is above whom, or what is inherited, holds the row of the project until commit.
CREATE TABLE hierarchies (
    project_id BLOB    NOT NULL PRIMARY KEY REFERENCES projects (id),
    changes    INTEGER NOT NULL
) STRICT;

-- What a tenant is found by: folded words, and hashes of metadata members.
CREATE TABLE tenant_terms (
    project_id BLOB NOT NULL,
    term       TEXT NOT NULL,
    tenant_id  BLOB NOT NULL,
    PRIMARY KEY (project_id, term, tenant_id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX tenant_terms_tenant ON tenant_terms (project_id, tenant_id, term);

CREATE TABLE organizations (
    project_id  BLOB    NOT NULL,
    tenant_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT,
    settings    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, name),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id)
) STRICT;

-- A resource of tenant_id that grantee_id may use. Both see the row; only tenant_id changes it.
CREATE TABLE shares (
    project_id BLOB    NOT NULL,
    tenant_id  BLOB    NOT NULL,
    grantee_id BLOB    NOT NULL CHECK (grantee_id <> tenant_id),
    id         BLOB    NOT NULL,
    resource   TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, grantee_id, resource),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, grantee_id) REFERENCES tenants (project_id, id)
) STRICT;
CREATE INDEX shares_grantee ON shares (project_id, grantee_id, id);

-- Signed proof that a tenant was purged. Holds no personal data.
CREATE TABLE erasures (
    project_id BLOB    NOT NULL REFERENCES projects (id),
    tenant_id  BLOB    NOT NULL,
    record     TEXT    NOT NULL,
    signature  TEXT    NOT NULL,
    public_key TEXT    NOT NULL,
    erased_at  INTEGER NOT NULL,
    PRIMARY KEY (project_id, tenant_id)
) STRICT;
