SELECT set_config('carcosa.scope', 'system', true);

-- What a user is found by: the folded words of name and address.
CREATE TABLE user_terms (
    project_id uuid NOT NULL,
    term       text COLLATE "C" NOT NULL,
    user_id    uuid NOT NULL,
    PRIMARY KEY (project_id, term, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id) ON DELETE CASCADE
);
CREATE INDEX user_terms_user ON user_terms (project_id, user_id, term);

-- Users whose words are still to be worked out: those from before, and those whom an older version of the program makes or changes. This
-- version takes its own away again before it commits.
CREATE TABLE user_terms_due (
    project_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id) ON DELETE CASCADE
);

CREATE FUNCTION carcosa_user_terms_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_terms_due (project_id, user_id) VALUES (NEW.project_id, NEW.id) ON CONFLICT (project_id, user_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_made AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION carcosa_user_terms_due();
CREATE TRIGGER users_renamed AFTER UPDATE OF name, email ON users FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.email <> NEW.email) EXECUTE FUNCTION carcosa_user_terms_due();

-- A tenant finds its own members.
ALTER TABLE user_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY user_terms_open ON user_terms USING (true) WITH CHECK (true);
CREATE POLICY user_terms_scope ON user_terms AS RESTRICTIVE USING (carcosa_in_project(project_id) AND (current_setting('carcosa.scope', true) <> 'tenant' OR EXISTS (
        SELECT 1 FROM memberships m WHERE m.project_id = user_terms.project_id AND m.user_id = user_terms.user_id)))
    WITH CHECK (carcosa_in_project(project_id) AND current_setting('carcosa.scope', true) <> 'tenant');

ALTER TABLE user_terms_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_terms_due FORCE ROW LEVEL SECURITY;
CREATE POLICY user_terms_due_open ON user_terms_due USING (true) WITH CHECK (true);
CREATE POLICY user_terms_due_scope ON user_terms_due AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));
