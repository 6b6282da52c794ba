-- Operators sign in: names, roles, second factors, single sign-on, sessions, and what guards the door.

ALTER TABLE operators ADD COLUMN name text COLLATE "C";
-- What an operator may do in the installation as a whole; NULL when only in projects.
ALTER TABLE operators RENAME COLUMN role TO platform_role;
ALTER TABLE operators ALTER COLUMN platform_role DROP NOT NULL;
ALTER TABLE operators ADD COLUMN disabled_at timestamptz;
-- password_hash is empty until a password is chosen.
ALTER TABLE operators ADD COLUMN password_changed_at timestamptz;
-- Sealed. Counts from totp_enabled_at on; before that it is being set up.
ALTER TABLE operators ADD COLUMN totp_secret bytea;
ALTER TABLE operators ADD COLUMN totp_enabled_at timestamptz;
-- The time step of the last code that was taken: it and those before it are taken no more.
ALTER TABLE operators ADD COLUMN totp_last_step bigint;
ALTER TABLE operators ADD COLUMN oidc_issuer text COLLATE "C";
ALTER TABLE operators ADD COLUMN oidc_subject text COLLATE "C";
ALTER TABLE operators ADD COLUMN oidc_linked_at timestamptz;
CREATE UNIQUE INDEX operators_oidc ON operators (oidc_issuer, oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE operator_roles (
    operator_id uuid             NOT NULL REFERENCES operators (id),
    project_id  uuid             NOT NULL REFERENCES projects (id),
    role        text COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    PRIMARY KEY (operator_id, project_id)
);
CREATE INDEX operator_roles_project ON operator_roles (project_id);

-- A session is known by the keyed hash of its token, which only the browser has.
CREATE TABLE operator_sessions (
    id              uuid             NOT NULL PRIMARY KEY,
    operator_id     uuid             NOT NULL REFERENCES operators (id),
    token_hash      bytea            NOT NULL CHECK (octet_length(token_hash) = 32),
    method          text COLLATE "C" NOT NULL CHECK (method IN ('password', 'single_sign_on')),
    mfa             boolean          NOT NULL,
    ip              text COLLATE "C",
    user_agent      text COLLATE "C",
    created_at      timestamptz      NOT NULL,
    last_seen_at    timestamptz      NOT NULL,
    idle_seconds    bigint           NOT NULL,
    idle_expires_at timestamptz      NOT NULL,
    expires_at      timestamptz      NOT NULL,
    revoked_at      timestamptz
);
CREATE UNIQUE INDEX operator_sessions_token ON operator_sessions (token_hash);
CREATE INDEX operator_sessions_operator ON operator_sessions (operator_id, id);
CREATE INDEX operator_sessions_expiry ON operator_sessions (expires_at);

CREATE TABLE operator_recovery_codes (
    operator_id uuid  NOT NULL REFERENCES operators (id),
    code_hash   bytea NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (operator_id, code_hash)
);

-- Links that were mailed: they let in whoever has them, once.
CREATE TABLE operator_tokens (
    token_hash  bytea            NOT NULL PRIMARY KEY,
    operator_id uuid             NOT NULL REFERENCES operators (id),
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('invitation', 'password_reset')),
    created_at  timestamptz      NOT NULL,
    expires_at  timestamptz      NOT NULL,
    used_at     timestamptz
);
CREATE INDEX operator_tokens_operator ON operator_tokens (operator_id, kind);
CREATE INDEX operator_tokens_expiry ON operator_tokens (expires_at);

-- Failures by the keyed hash of what they are counted for: an account, an address, both together, a device.
CREATE TABLE sign_in_attempts (
    key_hash      bytea       NOT NULL PRIMARY KEY,
    window_start  timestamptz NOT NULL,
    failures      bigint      NOT NULL,
    blocked_until timestamptz,
    reported_at   timestamptz,
    unreported    bigint      NOT NULL
);
CREATE INDEX sign_in_attempts_window ON sign_in_attempts (window_start);

-- Sign-ins that are at the provider of single sign-on.
CREATE TABLE oidc_states (
    state_hash bytea            NOT NULL PRIMARY KEY,
    nonce      text COLLATE "C" NOT NULL,
    verifier   bytea            NOT NULL,
    expires_at timestamptz      NOT NULL
);
CREATE INDEX oidc_states_expiry ON oidc_states (expires_at);

ALTER TABLE operator_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_roles_open ON operator_roles USING (true) WITH CHECK (true);
CREATE POLICY operator_roles_scope ON operator_roles AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE operator_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_sessions_open ON operator_sessions USING (true) WITH CHECK (true);
CREATE POLICY operator_sessions_scope ON operator_sessions AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE operator_recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_recovery_codes_open ON operator_recovery_codes USING (true) WITH CHECK (true);
CREATE POLICY operator_recovery_codes_scope ON operator_recovery_codes AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE operator_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_tokens_open ON operator_tokens USING (true) WITH CHECK (true);
CREATE POLICY operator_tokens_scope ON operator_tokens AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE sign_in_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_attempts_open ON sign_in_attempts USING (true) WITH CHECK (true);
CREATE POLICY sign_in_attempts_scope ON sign_in_attempts AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE oidc_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_states FORCE ROW LEVEL SECURITY;
CREATE POLICY oidc_states_open ON oidc_states USING (true) WITH CHECK (true);
CREATE POLICY oidc_states_scope ON oidc_states AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');
