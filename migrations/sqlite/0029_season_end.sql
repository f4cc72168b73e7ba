-- What was said of the end of each season, in its order: a last day, or that the one before it was told by mistake. The
-- last row counts, and stands in the row of the season as well; nothing here is changed or removed. Why an end was taken
-- back lies in private_value, under the season and `reason-<number>`.
CREATE TABLE season_end (
    season_id   BLOB    NOT NULL REFERENCES season (id),
    -- In which order it was said of the season, from 1.
    number      INTEGER NOT NULL CHECK (number > 0),
    -- The last day of the season; none where the end before it is taken back.
    cleared_on  TEXT,
    -- The person, that person's party, and the mandate when it is another party's book. Which mandate it was, is not known
    -- of what was said before this table was.
    entered_by  BLOB    NOT NULL,
    entered_for BLOB    NOT NULL,
    mandate_id  BLOB,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (season_id, number),
    CHECK (cleared_on IS NOT NULL OR number > 1)
) STRICT;
INSERT INTO season_end (season_id, number, cleared_on, entered_by, entered_for, recorded_at)
SELECT s.id, 1, s.cleared_on, COALESCE(s.cleared_by, s.entered_by),
    COALESCE((SELECT p.party_id FROM person p WHERE p.id = s.cleared_by), s.entered_for), s.cleared_at
FROM season s WHERE s.cleared_on IS NOT NULL;
CREATE TRIGGER season_end_is_never_changed BEFORE UPDATE ON season_end
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;
CREATE TRIGGER season_end_is_never_removed BEFORE DELETE ON season_end
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;
