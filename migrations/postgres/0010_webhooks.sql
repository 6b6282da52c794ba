SELECT set_config('carcosa.scope', 'system', true);

-- Webhooks: endpoints, what they want to hear, what waits for them, what was tried.

-- `sealed` holds the secrets and the values of custom headers, encrypted; `header_names` what may be shown of the latter.
CREATE TABLE webhook_endpoints (
    project_id      uuid    NOT NULL REFERENCES projects (id),
    tenant_id       uuid,
    id              uuid    NOT NULL,
    url             text COLLATE "C" NOT NULL,
    description     text COLLATE "C",
    event_types     text COLLATE "C" NOT NULL,
    header_names    text COLLATE "C" NOT NULL,
    sealed          bytea   NOT NULL,
    public_key      text COLLATE "C" NOT NULL,
    rate_limit      bigint  CHECK (rate_limit >= 1),
    ordered         boolean NOT NULL,
    status          text COLLATE "C" NOT NULL CHECK (status IN ('enabled', 'paused', 'disabled')),
    disabled_reason text COLLATE "C" CHECK ((disabled_reason IS NOT NULL) = (status = 'disabled')),
    previous_secret_expires_at timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         bigint  NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, tenant_id) REFERENCES tenants (project_id, id)
);
CREATE INDEX webhook_endpoints_tenant ON webhook_endpoints (project_id, tenant_id, id);

-- One row for each pattern of an endpoint that hears, and since when: what the dispatcher joins with the log.
CREATE TABLE webhook_subscriptions (
    project_id  uuid NOT NULL,
    tenant_id   uuid,
    endpoint_id uuid NOT NULL,
    pattern     text COLLATE "C" NOT NULL,
    since       timestamptz NOT NULL,
    PRIMARY KEY (project_id, endpoint_id, pattern),
    FOREIGN KEY (project_id, endpoint_id) REFERENCES webhook_endpoints (project_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_subscriptions_tenant ON webhook_subscriptions (project_id, tenant_id);

-- The state of an endpoint's queue: when something is due, which node works on it, how it fares.
CREATE TABLE webhook_queues (
    project_id    uuid   NOT NULL,
    tenant_id     uuid,
    endpoint_id   uuid   NOT NULL,
    due_at        timestamptz,
    holder        uuid,
    lease_until   timestamptz,
    rest_until    timestamptz,
    failures      bigint NOT NULL DEFAULT 0,
    failing_since timestamptz,
    PRIMARY KEY (project_id, endpoint_id),
    FOREIGN KEY (project_id, endpoint_id) REFERENCES webhook_endpoints (project_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX webhook_queues_endpoint ON webhook_queues (endpoint_id);
CREATE INDEX webhook_queues_due ON webhook_queues (due_at) WHERE due_at IS NOT NULL;

-- One row for each event and endpoint. `payload` only of what does not stand in the log. No reference to the endpoint: making deliveries must
-- not wait for who changes endpoints, and those of a deleted one are taken away little by little.
CREATE TABLE webhook_deliveries (
    project_id   uuid    NOT NULL,
    tenant_id    uuid,
    id           uuid    NOT NULL,
    endpoint_id  uuid    NOT NULL,
    event_id     uuid    NOT NULL,
    event_type   text COLLATE "C" NOT NULL,
    position      bigint  NOT NULL,
    payload      text COLLATE "C",
    replay       boolean NOT NULL,
    status       text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled')),
    attempts     bigint  NOT NULL,
    next_at      timestamptz CHECK ((next_at IS NOT NULL) = (status = 'pending')),
    last_status  bigint,
    last_error   text COLLATE "C",
    created_at   timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project_id, endpoint_id, next_at, position) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (project_id, endpoint_id, position, id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (project_id, endpoint_id, status, completed_at);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (project_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (completed_at) WHERE completed_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    project_id       uuid   NOT NULL,
    tenant_id        uuid,
    delivery_id      uuid   NOT NULL,
    number           bigint NOT NULL,
    started_at       timestamptz NOT NULL,
    duration_ms      bigint NOT NULL,
    status_code      bigint,
    error            text COLLATE "C",
    request_headers  text COLLATE "C" NOT NULL,
    response_headers text COLLATE "C",
    response_body    text COLLATE "C",
    PRIMARY KEY (project_id, delivery_id, number),
    FOREIGN KEY (project_id, delivery_id) REFERENCES webhook_deliveries (project_id, id) ON DELETE CASCADE
);

-- Endpoints that were deleted and whose deliveries are still to be.
CREATE TABLE webhook_leftovers (
    project_id  uuid NOT NULL,
    tenant_id   uuid,
    endpoint_id uuid NOT NULL,
    PRIMARY KEY (project_id, endpoint_id)
);

-- Up to where the log was dispatched: an ordinal, and of the one after it the last endpoint.
CREATE TABLE webhook_cursor (
    id          bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    ordinal     bigint NOT NULL,
    endpoint_id uuid
);
INSERT INTO webhook_cursor (id, ordinal) SELECT 1, ordinal FROM log_order WHERE id = 1;

ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_endpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_endpoints_open ON webhook_endpoints USING (true) WITH CHECK (true);
CREATE POLICY webhook_endpoints_scope ON webhook_endpoints AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_subscriptions_open ON webhook_subscriptions USING (true) WITH CHECK (true);
CREATE POLICY webhook_subscriptions_scope ON webhook_subscriptions AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_queues ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_queues FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_queues_open ON webhook_queues USING (true) WITH CHECK (true);
CREATE POLICY webhook_queues_scope ON webhook_queues AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_deliveries_open ON webhook_deliveries USING (true) WITH CHECK (true);
CREATE POLICY webhook_deliveries_scope ON webhook_deliveries AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_attempts_open ON webhook_attempts USING (true) WITH CHECK (true);
CREATE POLICY webhook_attempts_scope ON webhook_attempts AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_leftovers ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_leftovers FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_leftovers_open ON webhook_leftovers USING (true) WITH CHECK (true);
CREATE POLICY webhook_leftovers_scope ON webhook_leftovers AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE webhook_cursor ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_cursor FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_cursor_open ON webhook_cursor USING (true) WITH CHECK (true);
CREATE POLICY webhook_cursor_scope ON webhook_cursor AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system') WITH CHECK (current_setting('carcosa.scope', true) = 'system');
