-- One bare row, which is a transaction and a round trip of its own: what `create` is compared with.
INSERT INTO bench_rows (id, name) VALUES (gen_random_uuid(), 'New tenant ' || :client_id);
