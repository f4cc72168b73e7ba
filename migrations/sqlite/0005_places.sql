-- Plots, packhouses, shops.
CREATE TABLE place (
    id            BLOB    NOT NULL PRIMARY KEY,
    party_id      BLOB    NOT NULL REFERENCES party (id),
    number        TEXT    NOT NULL UNIQUE CHECK (length(number) = 10),
    kind          TEXT    NOT NULL CHECK (kind IN ('plot', 'greenhouse', 'barn', 'pond', 'packhouse', 'slaughterhouse', 'processing', 'warehouse', 'market_stall', 'shop', 'laboratory', 'office')),
    name          TEXT    NOT NULL,
    name_folded   TEXT    NOT NULL,
    commune       TEXT    NOT NULL CHECK (length(commune) = 5),
    address       TEXT,
    -- Degrees times ten million, WGS 84.
    latitude_e7   INTEGER CHECK (latitude_e7 BETWEEN -900000000 AND 900000000),
    longitude_e7  INTEGER CHECK (longitude_e7 BETWEEN -1800000000 AND 1800000000),
    area_m2       INTEGER CHECK (area_m2 > 0),
    planting_code TEXT,
    planting_code_issuer TEXT,
    gln           TEXT    UNIQUE,
    gate_version  INTEGER NOT NULL DEFAULT 0,
    -- Raised by everything that changes what is shown of the place.
    version       INTEGER NOT NULL DEFAULT 0,
    closed_at     INTEGER,
    created_at    INTEGER NOT NULL,
    CHECK ((latitude_e7 IS NULL) = (longitude_e7 IS NULL))
) STRICT;
CREATE INDEX place_by_party ON place (party_id, id);
