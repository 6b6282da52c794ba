-- What a user is found by: the folded words of name and address.
CREATE TABLE user_terms (
    project_id BLOB NOT NULL,
    term       TEXT NOT NULL,
    user_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, term, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_terms_user ON user_terms (project_id, user_id, term);

-- Users whose words are still to be worked out: those from before, and those whom an older version of the program makes or changes. This
-- version takes its own away again before it commits.
CREATE TABLE user_terms_due (
    project_id BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES users (project_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TRIGGER users_made AFTER INSERT ON users BEGIN
    INSERT INTO user_terms_due (project_id, user_id) VALUES (NEW.project_id, NEW.id) ON CONFLICT (project_id, user_id) DO NOTHING;
END;
CREATE TRIGGER users_renamed AFTER UPDATE OF name, email ON users WHEN OLD.name IS NOT NEW.name OR OLD.email <> NEW.email BEGIN
    INSERT INTO user_terms_due (project_id, user_id) VALUES (NEW.project_id, NEW.id) ON CONFLICT (project_id, user_id) DO NOTHING;
END;
