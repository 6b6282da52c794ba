-- The users from before the triggers of 0015, whose lock keeps writers out: these are many, so they come after it.
INSERT INTO user_terms_due (project_id, user_id) SELECT project_id, id FROM users WHERE true ON CONFLICT (project_id, user_id) DO NOTHING;
