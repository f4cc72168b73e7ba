-- What the lists say of a spray now: a version that comes into force from an earlier day judges it anew, and so does the next one. What
-- was said when it was entered stays in `spray`.
CREATE TABLE spray_judged (
    activity_id   UUID    NOT NULL PRIMARY KEY REFERENCES spray (activity_id),
    substance     UUID,
    list_id       UUID,
    ingredient    TEXT,
    list_days     BIGINT CHECK (list_days >= 0),
    waiting_days  BIGINT CHECK (waiting_days >= 0),
    closed_to     TEXT,
    reason        TEXT    NOT NULL CHECK (reason IN ('waiting_period', 'banned_substance', 'substance_not_permitted', 'dose_exceeded')),
    dose_exceeded BIGINT NOT NULL CHECK (dose_exceeded IN (0, 1)),
    judged_at     BIGINT NOT NULL,
    CHECK ((substance IS NULL) = (list_id IS NULL)),
    CHECK ((reason = 'waiting_period') = (closed_to IS NOT NULL))
);
INSERT INTO spray_judged (activity_id, substance, list_id, ingredient, list_days, waiting_days, closed_to, reason, dose_exceeded, judged_at)
SELECT s.activity_id, s.substance, s.list_id, s.ingredient, s.list_days, s.waiting_days, s.closed_to, s.reason, s.dose_exceeded,
    a.recorded_at FROM spray s JOIN activity a ON a.id = s.activity_id;
CREATE INDEX spray_by_day ON spray (day, activity_id);

-- What a published version has to be looked at again for: sprays, harvests and makings since its first day, the latest first. Written with
-- the version, and carried on from where it stands by whoever comes first.
CREATE TABLE list_look (
    list_id   UUID    NOT NULL PRIMARY KEY REFERENCES authority_list (id),
    -- The folded names of the substances that it says something else of, as a JSON array.
    names     TEXT    NOT NULL,
    -- The last one that was looked at.
    before_at BIGINT NOT NULL,
    before_id UUID    NOT NULL,
    looked    BIGINT NOT NULL DEFAULT 0,
    -- Lots that grew or were made, and are held or free because of it.
    held      BIGINT NOT NULL DEFAULT 0,
    freed     BIGINT NOT NULL DEFAULT 0,
    ended_at  BIGINT
);
CREATE INDEX list_look_under_way ON list_look (list_id) WHERE ended_at IS NULL;
