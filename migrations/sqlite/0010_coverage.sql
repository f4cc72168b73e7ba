-- The authority's roster of the firms that the target counts, and how each line was matched to a party.
CREATE TABLE roster (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    period_from TEXT    NOT NULL,
    period_to   TEXT    NOT NULL,
    file_hash   BLOB    NOT NULL REFERENCES file (hash),
    imported_by BLOB    NOT NULL,
    imported_at INTEGER NOT NULL,
    frozen_at   INTEGER,
    CHECK (period_from <= period_to)
) STRICT;

CREATE TABLE roster_entry (
    roster_id      BLOB    NOT NULL REFERENCES roster (id),
    id             BLOB    NOT NULL,
    row            INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    name_folded    TEXT    NOT NULL,
    tax_number     TEXT,
    tax_match      BLOB,
    commune        TEXT    NOT NULL CHECK (length(commune) = 5),
    groups         TEXT    NOT NULL,
    selling_months TEXT,
    active_from    TEXT,
    active_to      TEXT,
    -- How it was matched: by tax number, by a person's decision, not yet (a decision is due), or to nobody.
    matched        TEXT    NOT NULL CHECK (matched IN ('tax_number', 'decision', 'open', 'none')),
    party_id       BLOB,
    decided_by     BLOB,
    decided_at     INTEGER,
    PRIMARY KEY (roster_id, id)
) STRICT;
CREATE INDEX roster_entry_by_party ON roster_entry (party_id, roster_id);
