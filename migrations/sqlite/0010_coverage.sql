-- The authority's roster of the firms that the target counts, and what people decided about who stands behind its lines.
CREATE TABLE roster (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    period_from TEXT    NOT NULL,
    period_to   TEXT    NOT NULL,
    file_hash   BLOB    NOT NULL REFERENCES file (hash),
    entries     INTEGER NOT NULL CHECK (entries > 0),
    imported_by BLOB    NOT NULL,
    imported_at INTEGER NOT NULL,
    frozen_by   BLOB,
    frozen_at   INTEGER,
    CHECK (period_from <= period_to),
    CHECK ((frozen_by IS NULL) = (frozen_at IS NULL))
) STRICT;
CREATE INDEX roster_by_time ON roster (imported_at, id);

CREATE TABLE roster_entry (
    roster_id      BLOB    NOT NULL REFERENCES roster (id),
    id             BLOB    NOT NULL,
    -- The row of the file, as a spreadsheet numbers it.
    row            INTEGER NOT NULL CHECK (row > 1),
    name           TEXT    NOT NULL,
    name_folded    TEXT    NOT NULL,
    -- The tax number as it may be shown: a personal one masked. What is compared is the hash.
    tax_shown      TEXT,
    tax_match      BLOB,
    commune        TEXT    NOT NULL CHECK (length(commune) = 5),
    kind           TEXT    CHECK (kind IN ('household', 'cooperative', 'company', 'processor', 'trader', 'shop', 'market', 'laboratory', 'certifier')),
    groups         TEXT    NOT NULL,
    -- One bit for each month, January lowest.
    selling_months INTEGER NOT NULL CHECK (selling_months BETWEEN 1 AND 4095),
    active_from    TEXT,
    active_to      TEXT,
    -- Whether it is expected to sell in the period.
    expected       INTEGER NOT NULL CHECK (expected IN (0, 1)),
    PRIMARY KEY (roster_id, id),
    UNIQUE (roster_id, row),
    UNIQUE (roster_id, tax_match),
    CHECK ((tax_shown IS NULL) = (tax_match IS NULL))
) STRICT;
CREATE INDEX roster_entry_by_name ON roster_entry (roster_id, name_folded, commune);

-- Who decided that a line and a party are the same or not; a later decision on the same pair stands, and both stay.
CREATE TABLE roster_decision (
    roster_id  BLOB    NOT NULL,
    entry_id   BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    party_id   BLOB    NOT NULL REFERENCES party (id),
    verdict    TEXT    NOT NULL CHECK (verdict IN ('same', 'other')),
    decided_by BLOB    NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (roster_id, entry_id, id)
) STRICT;
CREATE INDEX roster_decision_by_party ON roster_decision (party_id, roster_id);
