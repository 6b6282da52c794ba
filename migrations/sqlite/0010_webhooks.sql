-- Webhooks: endpoints, what they want to hear, what waits for them, what was tried.

-- `sealed` holds the secrets and the values of custom headers, encrypted; `header_names` what may be shown of the latter.
CREATE TABLE webhook_endpoints (
    project_id      BLOB    NOT NULL REFERENCES projects (id),
    tenant_id       BLOB,
    id              BLOB    NOT NULL,
    url             TEXT NOT NULL,
    description     TEXT,
    event_types     TEXT NOT NULL,
    header_names    TEXT NOT NULL,
    sealed          BLOB   NOT NULL,
    public_key      TEXT NOT NULL,
    rate_limit      INTEGER  CHECK (rate_limit >= 1),
    ordered         INTEGER NOT NULL CHECK (ordered IN (0, 1)),
    status          TEXT NOT NULL CHECK (status IN ('enabled', 'paused', 'disabled')),
    disabled_reason TEXT CHECK ((disabled_reason IS NOT NULL) = (status = 'disabled')),
    previous_secret_expires_at INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER  NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id)
) STRICT;
CREATE INDEX webhook_endpoints_tenant ON webhook_endpoints (project_id, tenant_id, id);

-- One row for each pattern of an endpoint that hears, and since when: what the dispatcher joins with the log.
CREATE TABLE webhook_subscriptions (
    project_id  BLOB NOT NULL,
    tenant_id   BLOB,
    endpoint_id BLOB NOT NULL,
    pattern     TEXT NOT NULL,
    since       INTEGER NOT NULL,
    PRIMARY KEY (project_id, endpoint_id, pattern),
    FOREIGN KEY (project_id, endpoint_id) REFERENCES webhook_endpoints (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX webhook_subscriptions_tenant ON webhook_subscriptions (project_id, tenant_id);

-- The state of an endpoint's queue: when something is due, which node works on it, how it fares.
CREATE TABLE webhook_queues (
    project_id    BLOB   NOT NULL,
    tenant_id     BLOB,
    endpoint_id   BLOB   NOT NULL,
    due_at        INTEGER,
    holder        BLOB,
    lease_until   INTEGER,
    rest_until    INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    PRIMARY KEY (project_id, endpoint_id),
    FOREIGN KEY (project_id, endpoint_id) REFERENCES webhook_endpoints (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX webhook_queues_endpoint ON webhook_queues (endpoint_id);
CREATE INDEX webhook_queues_due ON webhook_queues (due_at) WHERE due_at IS NOT NULL;

-- One row for each event and endpoint. `payload` only of what does not stand in the log. No reference to the endpoint: making deliveries must
-- not wait for who changes endpoints, and those of a deleted one are taken away little by little.
CREATE TABLE webhook_deliveries (
    project_id   BLOB    NOT NULL,
    tenant_id    BLOB,
    id           BLOB    NOT NULL,
    endpoint_id  BLOB    NOT NULL,
    event_id     BLOB    NOT NULL,
    event_type   TEXT NOT NULL,
    position      INTEGER  NOT NULL,
    payload      TEXT,
    replay       INTEGER NOT NULL CHECK (replay IN (0, 1)),
    status       TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled')),
    attempts     INTEGER  NOT NULL,
    next_at      INTEGER CHECK ((next_at IS NOT NULL) = (status = 'pending')),
    last_status  INTEGER,
    last_error   TEXT,
    created_at   INTEGER NOT NULL,
    completed_at INTEGER,
    PRIMARY KEY (project_id, id)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project_id, endpoint_id, next_at, position) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (project_id, endpoint_id, position, id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (project_id, endpoint_id, status, completed_at);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (project_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (completed_at) WHERE completed_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    project_id       BLOB   NOT NULL,
    tenant_id        BLOB,
    delivery_id      BLOB   NOT NULL,
    number           INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    duration_ms      INTEGER NOT NULL,
    status_code      INTEGER,
    error            TEXT,
    request_headers  TEXT NOT NULL,
    response_headers TEXT,
    response_body    TEXT,
    PRIMARY KEY (project_id, delivery_id, number),
    FOREIGN KEY (project_id, delivery_id) REFERENCES webhook_deliveries (project_id, id) ON DELETE CASCADE
) STRICT;

-- Endpoints that were deleted and whose deliveries are still to be.
CREATE TABLE webhook_leftovers (
    project_id  BLOB NOT NULL,
    tenant_id   BLOB,
    endpoint_id BLOB NOT NULL,
    PRIMARY KEY (project_id, endpoint_id)
) STRICT;

-- Up to where the log was dispatched: an ordinal, and of the one after it the last endpoint.
CREATE TABLE webhook_cursor (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    ordinal     INTEGER NOT NULL,
    endpoint_id BLOB
) STRICT;
INSERT INTO webhook_cursor (id, ordinal) SELECT 1, ordinal FROM log_order WHERE id = 1;
