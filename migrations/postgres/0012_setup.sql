-- The link that makes the first operator: the keyed hash of what it ends with, until it is used or another takes its place.

CREATE TABLE setup_token (
    id         bigint      NOT NULL PRIMARY KEY CHECK (id = 1),
    token_hash bytea       NOT NULL CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL
);
ALTER TABLE setup_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE setup_token FORCE ROW LEVEL SECURITY;
CREATE POLICY setup_token_open ON setup_token USING (true) WITH CHECK (true);
CREATE POLICY setup_token_scope ON setup_token AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');
