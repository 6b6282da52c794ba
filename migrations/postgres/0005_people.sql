-- People and what they may do: users, roles, memberships, invitations, tokens. And a log of the installation itself.

SELECT set_config('carcosa.scope', 'system', true);
INSERT INTO log_positions (project_id, position) VALUES ('00000000-0000-0000-0000-000000000000', 0);

-- One user per address and project; email_normal is what addresses are compared by.
CREATE TABLE users (
    project_id   uuid NOT NULL REFERENCES projects (id),
    id           uuid NOT NULL,
    email        text COLLATE "C" NOT NULL,
    email_normal text COLLATE "C" NOT NULL,
    name         text COLLATE "C",
    external_id  text COLLATE "C",
    status       text COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    metadata     text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, email_normal),
    UNIQUE (project_id, external_id)
);

-- Roles of a project (owner_id is the project's) or of a tenant (owner_id is the tenant's, as tenant_id).
CREATE TABLE roles (
    project_id  uuid NOT NULL REFERENCES projects (id),
    id          uuid NOT NULL,
    tenant_id   uuid,
    owner_id    uuid NOT NULL,
    key         text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    permissions text COLLATE "C" NOT NULL,
    conditions  text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, owner_id, key),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    CHECK (owner_id = COALESCE(tenant_id, project_id))
);

-- Whoever makes, changes or deletes a role of a project or of its tenants, or gives one to someone, holds the row until commit.
CREATE TABLE role_books (
    project_id uuid NOT NULL PRIMARY KEY REFERENCES projects (id),
    changes    bigint NOT NULL
);

-- A user's place in a tenant; scope_id is the organization's id, or the tenant's for a role in the whole tenant.
CREATE TABLE memberships (
    project_id        uuid NOT NULL,
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    user_id           uuid NOT NULL,
    organization_id   uuid,
    scope_id          uuid NOT NULL,
    role              text COLLATE "C" NOT NULL,
    includes_children boolean NOT NULL,
    status            text COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    version           bigint NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, user_id, scope_id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id),
    FOREIGN KEY (project_id, tenant_id, organization_id) REFERENCES organizations (project_id, tenant_id, id),
    CHECK (scope_id = COALESCE(organization_id, tenant_id)),
    CHECK (NOT includes_children OR organization_id IS NULL)
);
CREATE INDEX memberships_user ON memberships (project_id, user_id);
CREATE INDEX memberships_role ON memberships (project_id, tenant_id, role);

-- One that waits per tenant and address. The token is kept as its keyed hash.
CREATE TABLE invitations (
    project_id      uuid NOT NULL,
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    email           text COLLATE "C",
    email_normal    text COLLATE "C",
    role            text COLLATE "C" NOT NULL,
    organization_id uuid,
    status          text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
    token_hash      bytea NOT NULL,
    accept_url      text COLLATE "C",
    expires_at      timestamptz NOT NULL,
    sent_count      bigint NOT NULL,
    membership_id   uuid,
    inviter_id      uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, tenant_id, organization_id) REFERENCES organizations (project_id, tenant_id, id)
);
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE UNIQUE INDEX invitations_pending ON invitations (project_id, tenant_id, email_normal) WHERE status = 'pending';

-- What access and refresh tokens of one sign-in hang on. generation says which refresh token is the valid one.
CREATE TABLE tokens (
    project_id      uuid NOT NULL,
    id              uuid NOT NULL,
    tenant_id       uuid NOT NULL,
    user_id         uuid NOT NULL,
    organization_id uuid,
    mfa             boolean NOT NULL,
    lifetime        bigint NOT NULL,
    generation      bigint NOT NULL,
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id)
);
CREATE INDEX tokens_user ON tokens (project_id, user_id);
CREATE INDEX tokens_tenant ON tokens (project_id, tenant_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- A tenant sees the users who are its members: memberships shows it no others.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_open ON users USING (true) WITH CHECK (true);
CREATE POLICY users_scope ON users AS RESTRICTIVE USING (carcosa_in_project(project_id) AND (current_setting('carcosa.scope', true) <> 'tenant' OR EXISTS (
        SELECT 1 FROM memberships m WHERE m.project_id = users.project_id AND m.user_id = users.id)))
    WITH CHECK (carcosa_in_project(project_id) AND current_setting('carcosa.scope', true) <> 'tenant');

ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE roles FORCE ROW LEVEL SECURITY;
CREATE POLICY roles_open ON roles USING (true) WITH CHECK (true);
CREATE POLICY roles_scope ON roles AS RESTRICTIVE USING (carcosa_in_project(project_id) AND (tenant_id IS NULL OR carcosa_in_tenant(project_id, tenant_id)))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE role_books ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_books FORCE ROW LEVEL SECURITY;
CREATE POLICY role_books_open ON role_books USING (true) WITH CHECK (true);
CREATE POLICY role_books_scope ON role_books AS RESTRICTIVE USING (carcosa_in_project(project_id))
    WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY memberships_open ON memberships USING (true) WITH CHECK (true);
CREATE POLICY memberships_scope ON memberships AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_open ON invitations USING (true) WITH CHECK (true);
CREATE POLICY invitations_scope ON invitations AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tokens_open ON tokens USING (true) WITH CHECK (true);
CREATE POLICY tokens_scope ON tokens AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));
