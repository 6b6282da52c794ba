-- Tenants and what hangs on them.

-- plan and branding are what applies; *_own is what the tenant itself says, *_from whose value it is.
CREATE TABLE tenants (
    project_id      uuid             NOT NULL REFERENCES projects (id),
    id              uuid             NOT NULL,
    name            text COLLATE "C" NOT NULL,
    slug            text COLLATE "C" NOT NULL,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('individual', 'organization')),
    description     text COLLATE "C",
    status          text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'active', 'suspended', 'archived', 'deleted')),
    status_before   text COLLATE "C",
    status_reason   text COLLATE "C",
    parent_id       uuid CHECK (parent_id <> id),
    region          text COLLATE "C",
    external_id     text COLLATE "C",
    metadata        text COLLATE "C" NOT NULL,
    plan            text COLLATE "C" NOT NULL,
    plan_own        text COLLATE "C",
    plan_mode       text COLLATE "C" NOT NULL CHECK (plan_mode IN ('inherit', 'override', 'lock')),
    plan_from       uuid             NOT NULL,
    plan_locked     boolean          NOT NULL,
    branding        text COLLATE "C" NOT NULL,
    branding_own    text COLLATE "C",
    branding_mode   text COLLATE "C" NOT NULL CHECK (branding_mode IN ('inherit', 'override', 'lock')),
    branding_from   uuid             NOT NULL,
    branding_locked boolean          NOT NULL,
    activated_at    timestamptz,
    suspended_at    timestamptz,
    archived_at     timestamptz,
    deleted_at      timestamptz,
    purge_at        timestamptz,
    created_at      timestamptz      NOT NULL,
    updated_at      timestamptz      NOT NULL,
    version         bigint           NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, external_id),
    FOREIGN KEY (project_id, parent_id) REFERENCES tenants (project_id, id),
    CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
    CHECK ((status = 'deleted') = (purge_at IS NOT NULL))
);
CREATE INDEX tenants_name ON tenants (project_id, name, id);
CREATE INDEX tenants_updated ON tenants (project_id, updated_at, id);
CREATE INDEX tenants_status ON tenants (project_id, status, id);
CREATE INDEX tenants_plan ON tenants (project_id, plan, id);
CREATE INDEX tenants_parent ON tenants (project_id, parent_id, id) WHERE parent_id IS NOT NULL;

-- Every slug a tenant has or had: each belongs to it for good.
CREATE TABLE tenant_slugs (
    project_id uuid             NOT NULL,
    slug       text COLLATE "C" NOT NULL,
    tenant_id  uuid             NOT NULL,
    created_at timestamptz      NOT NULL,
    PRIMARY KEY (project_id, slug),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tenant_slugs_tenant ON tenant_slugs (project_id, tenant_id);

-- The number to try next for a slug made from a name that is taken.
CREATE TABLE slug_counters (
    project_id uuid             NOT NULL REFERENCES projects (id),
    base       text COLLATE "C" NOT NULL,
    next       bigint           NOT NULL,
    PRIMARY KEY (project_id, base)
);

-- Whoever changes who is above whom, or what is inherited, holds the row of the project until commit.
CREATE TABLE hierarchies (
    project_id uuid   NOT NULL PRIMARY KEY REFERENCES projects (id),
    changes    bigint NOT NULL
);

-- What a tenant is found by: folded words, and hashes of metadata members.
CREATE TABLE tenant_terms (
    project_id uuid             NOT NULL,
    term       text COLLATE "C" NOT NULL,
    tenant_id  uuid             NOT NULL,
    PRIMARY KEY (project_id, term, tenant_id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tenant_terms_tenant ON tenant_terms (project_id, tenant_id, term);

CREATE TABLE organizations (
    project_id  uuid             NOT NULL,
    tenant_id   uuid             NOT NULL,
    id          uuid             NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    settings    text COLLATE "C" NOT NULL,
    created_at  timestamptz      NOT NULL,
    updated_at  timestamptz      NOT NULL,
    version     bigint           NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, name),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id)
);

-- A resource of tenant_id that grantee_id may use. Both see the row; only tenant_id changes it.
CREATE TABLE shares (
    project_id uuid             NOT NULL,
    tenant_id  uuid             NOT NULL,
    grantee_id uuid             NOT NULL CHECK (grantee_id <> tenant_id),
    id         uuid             NOT NULL,
    resource   text COLLATE "C" NOT NULL,
    role       text COLLATE "C" NOT NULL,
    expires_at timestamptz,
    created_at timestamptz      NOT NULL,
    updated_at timestamptz      NOT NULL,
    version    bigint           NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, grantee_id, resource),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, grantee_id) REFERENCES tenants (project_id, id)
);
CREATE INDEX shares_grantee ON shares (project_id, grantee_id, id);

-- Signed proof that a tenant was purged. Holds no personal data.
CREATE TABLE erasures (
    project_id uuid             NOT NULL REFERENCES projects (id),
    tenant_id  uuid             NOT NULL,
    record     text COLLATE "C" NOT NULL,
    signature  text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    erased_at  timestamptz      NOT NULL,
    PRIMARY KEY (project_id, tenant_id)
);

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_open ON tenants USING (true) WITH CHECK (true);
CREATE POLICY tenants_scope ON tenants AS RESTRICTIVE USING (carcosa_in_tenant(project_id, id))
    WITH CHECK (carcosa_in_tenant(project_id, id));

ALTER TABLE tenant_slugs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_slugs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_slugs_open ON tenant_slugs USING (true) WITH CHECK (true);
CREATE POLICY tenant_slugs_scope ON tenant_slugs AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE tenant_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_terms_open ON tenant_terms USING (true) WITH CHECK (true);
CREATE POLICY tenant_terms_scope ON tenant_terms AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY organizations_open ON organizations USING (true) WITH CHECK (true);
CREATE POLICY organizations_scope ON organizations AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY erasures_open ON erasures USING (true) WITH CHECK (true);
CREATE POLICY erasures_scope ON erasures AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE slug_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE slug_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY slug_counters_open ON slug_counters USING (true) WITH CHECK (true);
CREATE POLICY slug_counters_scope ON slug_counters AS RESTRICTIVE USING (carcosa_in_project(project_id))
    WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE hierarchies ENABLE ROW LEVEL SECURITY;
ALTER TABLE hierarchies FORCE ROW LEVEL SECURITY;
CREATE POLICY hierarchies_open ON hierarchies USING (true) WITH CHECK (true);
CREATE POLICY hierarchies_scope ON hierarchies AS RESTRICTIVE USING (carcosa_in_project(project_id))
    WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE shares FORCE ROW LEVEL SECURITY;
CREATE POLICY shares_open ON shares USING (true) WITH CHECK (true);
CREATE POLICY shares_scope ON shares AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id) OR carcosa_in_tenant(project_id, grantee_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));
CREATE POLICY shares_delete ON shares AS RESTRICTIVE FOR DELETE USING (carcosa_in_tenant(project_id, tenant_id));
CREATE POLICY shares_update ON shares AS RESTRICTIVE FOR UPDATE USING (carcosa_in_tenant(project_id, tenant_id));
