SELECT set_config('carcosa.scope', 'system', true);

-- The users from before the triggers of 0015, whose lock keeps writers out: these are many, so they come after it.
-- A user who is deleted meanwhile is left out.
INSERT INTO user_terms_due (project_id, user_id) SELECT project_id, id FROM users FOR KEY SHARE
    ON CONFLICT (project_id, user_id) DO NOTHING;
