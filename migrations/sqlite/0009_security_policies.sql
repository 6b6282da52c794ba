-- What a tenant asks of its people and keys: a policy as JSON, NULL for one that asks nothing; and how people signed in.
ALTER TABLE tenants ADD COLUMN security_policy TEXT;
ALTER TABLE tokens  ADD COLUMN method TEXT CHECK (method IN ('password', 'email_link', 'email_code', 'social', 'sso', 'passkey'));
