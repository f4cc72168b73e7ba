-- The field book: seasons of crops on plots, what was done there before harvest, and the sprays that shut a plot for harvests.

CREATE TABLE season (
    id           BLOB    NOT NULL PRIMARY KEY,
    party_id     BLOB    NOT NULL REFERENCES party (id),
    place_id     BLOB    NOT NULL REFERENCES place (id),
    -- The crop by its code in the authority's list.
    crop         TEXT    NOT NULL,
    variety      TEXT,
    -- Sown or planted.
    began_on     TEXT    NOT NULL,
    expected_end TEXT,
    area_m2      INTEGER NOT NULL CHECK (area_m2 > 0),
    seed_source  TEXT,
    seed_lot     TEXT,
    seed_amount  INTEGER CHECK (seed_amount > 0),
    seed_unit    TEXT    CHECK (seed_unit IN ('milligram', 'microlitre', 'piece')),
    -- The last day of the season: cleared for the next one.
    cleared_on   TEXT,
    cleared_at   INTEGER,
    cleared_by   BLOB,
    -- Entered by mistake: without effect, and still to be read.
    withdrawn_at INTEGER,
    withdrawn_by BLOB,
    -- The person, that person's party, and the mandate when it is another party's book.
    entered_by   BLOB    NOT NULL,
    entered_for  BLOB    NOT NULL,
    mandate_id   BLOB,
    -- The key of the form or program that sent it, and SHA-256 of what it sent.
    fingerprint  BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    recorded_at  INTEGER NOT NULL,
    CHECK ((seed_amount IS NULL) = (seed_unit IS NULL)),
    CHECK ((cleared_on IS NULL) = (cleared_at IS NULL)),
    CHECK (cleared_on IS NULL OR cleared_on >= began_on)
) STRICT;
CREATE INDEX season_by_place ON season (place_id, began_on, id);
CREATE INDEX season_by_party ON season (party_id, id);

CREATE TABLE activity (
    id           BLOB    NOT NULL PRIMARY KEY,
    -- Whose book.
    party_id     BLOB    NOT NULL REFERENCES party (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('land_preparation', 'planting', 'fertiliser_purchase', 'fertiliser_use', 'compost',
        'pesticide_purchase', 'spray', 'watering', 'waste', 'equipment_check', 'training', 'stock_count', 'self_inspection')),
    -- None for what is about no plot: purchases, training.
    place_id     BLOB,
    season_id    BLOB,
    -- The civil day at UTC+7, and the moment where the hour is known.
    day          TEXT    NOT NULL,
    at           INTEGER,
    equipment    TEXT,
    -- What else the kind asks for, as JSON. Free text and names of people are not in here but in private_value.
    details      TEXT    NOT NULL,
    -- Of inputs: what, and how much came in (above zero) or was used (below).
    input        TEXT,
    input_folded TEXT,
    amount       INTEGER,
    unit         TEXT    CHECK (unit IN ('milligram', 'microlitre', 'piece')),
    -- One entry may be about many plots: they share the key it was sent under.
    entry_id     BLOB    NOT NULL,
    fingerprint  BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    origin       TEXT    NOT NULL CHECK (origin IN ('form', 'api', 'copied', 'template')),
    copied_from  BLOB,
    -- The person, that person's party, and the mandate when it is another party's book.
    entered_by   BLOB    NOT NULL,
    entered_for  BLOB    NOT NULL,
    mandate_id   BLOB,
    recorded_at  INTEGER NOT NULL,
    CHECK ((amount IS NULL) = (unit IS NULL)),
    CHECK ((origin IN ('copied', 'template')) = (copied_from IS NOT NULL))
) STRICT;
CREATE INDEX activity_by_place ON activity (place_id, day, id);
CREATE INDEX activity_by_party ON activity (party_id, day, id);
CREATE INDEX activity_by_season ON activity (season_id, day, id);
CREATE INDEX activity_by_entry ON activity (entry_id, id);
CREATE INDEX activity_by_input ON activity (party_id, input_folded, unit);
CREATE TRIGGER activity_is_never_changed BEFORE UPDATE ON activity
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;
CREATE TRIGGER activity_is_never_removed BEFORE DELETE ON activity
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;

-- Entries that were declared wrong: without effect, and still to be read.
CREATE TABLE activity_correction (
    activity_id  BLOB    NOT NULL PRIMARY KEY,
    -- The entry that says what is right, where there is one.
    replaced_by  BLOB,
    declared_by  BLOB    NOT NULL,
    declared_for BLOB    NOT NULL,
    mandate_id   BLOB,
    declared_at  INTEGER NOT NULL
) STRICT;
CREATE TRIGGER activity_correction_is_never_changed BEFORE UPDATE ON activity_correction
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;
CREATE TRIGGER activity_correction_is_never_removed BEFORE DELETE ON activity_correction
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;

-- What the waiting-period gate reads of a spray.
CREATE TABLE spray (
    activity_id  BLOB    NOT NULL PRIMARY KEY,
    place_id     BLOB    NOT NULL,
    season_id    BLOB,
    -- The crop of the season, or the one that was named where there is no season.
    crop         TEXT,
    day          TEXT    NOT NULL,
    at           INTEGER,
    -- The substance in the authority's list, and the version in force on the day; none when the list does not have it.
    substance    BLOB,
    list_id      BLOB,
    -- As written, and the active ingredient by the list.
    product      TEXT    NOT NULL,
    ingredient   TEXT,
    pest         TEXT    NOT NULL,
    dose         INTEGER NOT NULL CHECK (dose > 0),
    dose_unit    TEXT    NOT NULL CHECK (dose_unit IN ('milligram', 'microlitre')),
    -- The dose is for so many square metres.
    dose_per_m2  INTEGER NOT NULL CHECK (dose_per_m2 > 0),
    area_m2      INTEGER NOT NULL CHECK (area_m2 > 0),
    total        INTEGER NOT NULL CHECK (total > 0),
    -- Days by the list, by the label, and the stricter of the two, which is in force.
    list_days    INTEGER CHECK (list_days >= 0),
    label_days   INTEGER CHECK (label_days >= 0),
    waiting_days INTEGER CHECK (waiting_days >= 0),
    -- The plot is shut from the first day until before the second; without a second to the end of the season.
    closed_from  TEXT    NOT NULL,
    closed_to    TEXT,
    -- What shuts it.
    reason       TEXT    NOT NULL CHECK (reason IN ('waiting_period', 'banned_substance', 'substance_not_permitted', 'dose_exceeded')),
    dose_exceeded INTEGER NOT NULL CHECK (dose_exceeded IN (0, 1)),
    CHECK ((substance IS NULL) = (list_id IS NULL)),
    CHECK ((reason = 'waiting_period') = (closed_to IS NOT NULL))
) STRICT;
CREATE INDEX spray_by_place ON spray (place_id, day, activity_id);
CREATE TRIGGER spray_is_never_changed BEFORE UPDATE ON spray
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;
CREATE TRIGGER spray_is_never_removed BEFORE DELETE ON spray
BEGIN SELECT RAISE(ABORT, 'the field book is never changed'); END;

-- A party's own templates of entries.
CREATE TABLE activity_template (
    id         BLOB    NOT NULL PRIMARY KEY,
    party_id   BLOB    NOT NULL REFERENCES party (id),
    name       TEXT    NOT NULL,
    crop       TEXT,
    kind       TEXT    NOT NULL,
    -- The fields of the form as typed, without day, plot and people.
    draft      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX activity_template_by_party ON activity_template (party_id, id);
