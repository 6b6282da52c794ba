-- People and what they may do: users, roles, memberships, invitations, tokens. And a log of the installation itself.

INSERT INTO log_positions (project_id, position) VALUES (zeroblob(16), 0);

-- One user per address and project; email_normal is what addresses are compared by.
CREATE TABLE users (
    project_id   BLOB    NOT NULL REFERENCES projects (id),
    id           BLOB    NOT NULL,
    email        TEXT    NOT NULL,
    email_normal TEXT    NOT NULL,
    name         TEXT,
    external_id  TEXT,
    status       TEXT    NOT NULL CHECK (status IN ('active', 'disabled')),
    metadata     TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, email_normal),
    UNIQUE (project_id, external_id)
) STRICT;

-- Roles of a project (owner_id is the project's) or of a tenant (owner_id is the tenant's, as tenant_id).
CREATE TABLE roles (
    project_id  BLOB    NOT NULL REFERENCES projects (id),
    id          BLOB    NOT NULL,
    tenant_id   BLOB,
    owner_id    BLOB    NOT NULL,
    key         TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT,
    permissions TEXT    NOT NULL,
    conditions  TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, owner_id, key),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    CHECK (owner_id = COALESCE(tenant_id, project_id))
) STRICT;

-- Whoever makes, changes or deletes a role of a project or of its tenants, or gives one to someone, holds the row until commit.
CREATE TABLE role_books (
    project_id BLOB    NOT NULL PRIMARY KEY REFERENCES projects (id),
    changes    INTEGER NOT NULL
) STRICT;

-- A user's place in a tenant; scope_id is the organization's id, or the tenant's for a role in the whole tenant.
CREATE TABLE memberships (
    project_id        BLOB    NOT NULL,
    tenant_id         BLOB    NOT NULL,
    id                BLOB    NOT NULL,
    user_id           BLOB    NOT NULL,
    organization_id   BLOB,
    scope_id          BLOB    NOT NULL,
    role              TEXT    NOT NULL,
    includes_children INTEGER NOT NULL CHECK (includes_children IN (0, 1)),
    status            TEXT    NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    UNIQUE (project_id, tenant_id, user_id, scope_id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id),
    FOREIGN KEY (project_id, tenant_id, organization_id) REFERENCES organizations (project_id, tenant_id, id),
    CHECK (scope_id = COALESCE(organization_id, tenant_id)),
    CHECK (includes_children = 0 OR organization_id IS NULL)
) STRICT;
CREATE INDEX memberships_user ON memberships (project_id, user_id);
CREATE INDEX memberships_role ON memberships (project_id, tenant_id, role);

-- One that waits per tenant and address. The token is kept as its keyed hash.
CREATE TABLE invitations (
    project_id      BLOB    NOT NULL,
    tenant_id       BLOB    NOT NULL,
    id              BLOB    NOT NULL,
    email           TEXT,
    email_normal    TEXT,
    role            TEXT    NOT NULL,
    organization_id BLOB,
    status          TEXT    NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
    token_hash      BLOB    NOT NULL,
    accept_url      TEXT,
    expires_at      INTEGER NOT NULL,
    sent_count      INTEGER NOT NULL,
    membership_id   BLOB,
    inviter_id      BLOB,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (project_id, tenant_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, tenant_id, organization_id) REFERENCES organizations (project_id, tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE UNIQUE INDEX invitations_pending ON invitations (project_id, tenant_id, email_normal) WHERE status = 'pending';

-- What access and refresh tokens of one sign-in hang on. generation says which refresh token is the valid one.
CREATE TABLE tokens (
    project_id      BLOB    NOT NULL,
    id              BLOB    NOT NULL,
    tenant_id       BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    organization_id BLOB,
    mfa             INTEGER NOT NULL CHECK (mfa IN (0, 1)),
    lifetime        INTEGER NOT NULL,
    generation      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    revoked_at      INTEGER,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id)
) STRICT;
CREATE INDEX tokens_user ON tokens (project_id, user_id);
CREATE INDEX tokens_tenant ON tokens (project_id, tenant_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);
