-- One bare row in one transaction: what `create` is compared with.
BEGIN;
INSERT INTO bench_rows (id, name) VALUES (gen_random_uuid(), 'New tenant ' || :client_id);
COMMIT;
