-- The lists that the authority keeps: crops, substances with their waiting days, bands of yield, conversion and weight loss.
-- A version is put down whole and never changed; from its first day on it stands in the place of those with lower numbers.
CREATE TABLE authority_list (
    id            UUID    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('crops', 'substances', 'bands')),
    number        BIGINT NOT NULL CHECK (number > 0),
    in_force_from TEXT    NOT NULL CHECK (length(in_force_from) = 10),
    source        TEXT    NOT NULL,
    sample        BIGINT NOT NULL CHECK (sample IN (0, 1)),
    file_hash     BYTEA   NOT NULL REFERENCES file (hash),
    entries       BIGINT NOT NULL CHECK (entries > 0),
    published_at  BIGINT NOT NULL,
    -- None when it was published from the command line.
    published_by  UUID,
    UNIQUE (kind, number)
);
CREATE INDEX authority_list_by_time ON authority_list (published_at, id);

-- What was handed in and waits to be looked at and published; removed with that.
CREATE TABLE list_draft (
    id            UUID    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('crops', 'substances', 'bands')),
    in_force_from TEXT    NOT NULL CHECK (length(in_force_from) = 10),
    source        TEXT    NOT NULL,
    sample        BIGINT NOT NULL CHECK (sample IN (0, 1)),
    file_hash     BYTEA   NOT NULL REFERENCES file (hash),
    sent_at       BIGINT NOT NULL,
    sent_by       UUID    NOT NULL
);
CREATE INDEX list_draft_by_time ON list_draft (sent_at, id);

CREATE TABLE crop (
    list_id     UUID    NOT NULL REFERENCES authority_list (id),
    code        TEXT    NOT NULL,
    -- The order of the file, in which crops are offered.
    position    BIGINT NOT NULL,
    name        TEXT    NOT NULL,
    name_en     TEXT    NOT NULL,
    group_code  TEXT    NOT NULL,
    unit        TEXT    NOT NULL CHECK (unit IN ('gram', 'piece')),
    PRIMARY KEY (list_id, code)
);
CREATE INDEX crop_by_code ON crop (code, list_id);

CREATE TABLE substance (
    list_id            UUID    NOT NULL REFERENCES authority_list (id),
    -- Made from the folded name: the same substance has the same id in every version.
    id                 UUID    NOT NULL,
    name               TEXT    NOT NULL,
    name_folded        TEXT    NOT NULL,
    ingredients        TEXT    NOT NULL,
    ingredients_folded TEXT    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('insecticide', 'fungicide', 'herbicide', 'rodenticide', 'molluscicide', 'growth_regulator', 'attractant', 'adjuvant', 'other')),
    -- First and last day of the ban; a ban without a last day is without end.
    banned_from        TEXT    CHECK (length(banned_from) = 10),
    banned_to          TEXT    CHECK (length(banned_to) = 10),
    PRIMARY KEY (list_id, id),
    UNIQUE (list_id, name_folded),
    CHECK (banned_to IS NULL OR banned_from <= banned_to)
);

CREATE TABLE substance_use (
    list_id      UUID    NOT NULL,
    substance_id UUID    NOT NULL,
    crop_code    TEXT    NOT NULL,
    waiting_days BIGINT NOT NULL CHECK (waiting_days BETWEEN 0 AND 365),
    -- The largest dose in thousandths of a millilitre or gram per hectare.
    dose         BIGINT CHECK (dose > 0),
    dose_unit    TEXT    CHECK (dose_unit IN ('millilitre', 'gram')),
    PRIMARY KEY (list_id, substance_id, crop_code),
    CHECK ((dose IS NULL) = (dose_unit IS NULL))
);
CREATE INDEX substance_use_by_crop ON substance_use (list_id, crop_code, substance_id);

CREATE TABLE yield_band (
    list_id       UUID    NOT NULL REFERENCES authority_list (id),
    position      BIGINT NOT NULL,
    crop_code     TEXT    NOT NULL,
    -- Kilograms (unit gram) or pieces per hectare and crop season.
    unit          TEXT    NOT NULL CHECK (unit IN ('gram', 'piece')),
    -- The months of harvest; from 11 to 2 goes over the new year.
    month_from    BIGINT NOT NULL CHECK (month_from BETWEEN 1 AND 12),
    month_to      BIGINT NOT NULL CHECK (month_to BETWEEN 1 AND 12),
    low           BIGINT NOT NULL CHECK (low >= 0),
    high          BIGINT NOT NULL CHECK (high > 0),
    beyond        TEXT    NOT NULL CHECK (beyond IN ('refuse', 'flag')),
    in_force_from TEXT    NOT NULL CHECK (length(in_force_from) = 10),
    in_force_to   TEXT    CHECK (length(in_force_to) = 10),
    source        TEXT    NOT NULL,
    PRIMARY KEY (list_id, position),
    CHECK (low <= high),
    CHECK (in_force_to IS NULL OR in_force_from <= in_force_to)
);
CREATE INDEX yield_band_by_crop ON yield_band (list_id, crop_code);

CREATE TABLE conversion_band (
    list_id       UUID    NOT NULL REFERENCES authority_list (id),
    position      BIGINT NOT NULL,
    step          TEXT    NOT NULL,
    group_in      TEXT    NOT NULL,
    group_out     TEXT    NOT NULL,
    -- Output per 1000 of input, each in grams or pieces as it is counted.
    low           BIGINT NOT NULL CHECK (low >= 0),
    high          BIGINT NOT NULL CHECK (high > 0),
    beyond        TEXT    NOT NULL CHECK (beyond IN ('refuse', 'flag')),
    in_force_from TEXT    NOT NULL CHECK (length(in_force_from) = 10),
    in_force_to   TEXT    CHECK (length(in_force_to) = 10),
    source        TEXT    NOT NULL,
    PRIMARY KEY (list_id, position),
    CHECK (low <= high),
    CHECK (in_force_to IS NULL OR in_force_from <= in_force_to)
);
CREATE INDEX conversion_band_by_step ON conversion_band (list_id, step, group_in, group_out);

CREATE TABLE weight_loss (
    list_id       UUID    NOT NULL REFERENCES authority_list (id),
    position      BIGINT NOT NULL,
    group_code    TEXT    NOT NULL,
    -- Per 1000 of what was shipped.
    most          BIGINT NOT NULL CHECK (most BETWEEN 0 AND 1000),
    in_force_from TEXT    NOT NULL CHECK (length(in_force_from) = 10),
    in_force_to   TEXT    CHECK (length(in_force_to) = 10),
    source        TEXT    NOT NULL,
    PRIMARY KEY (list_id, position),
    CHECK (in_force_to IS NULL OR in_force_from <= in_force_to)
);
CREATE INDEX weight_loss_by_group ON weight_loss (list_id, group_code);

-- What grew, for products of one crop; without a foreign key, because crops are rows of a version.
ALTER TABLE product ADD COLUMN crop_code TEXT;
