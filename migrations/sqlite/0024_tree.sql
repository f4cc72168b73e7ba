-- The append-only log: entries in their places, the tree over them in tiles, and the one row that says how far it goes.
CREATE TABLE log_entry (
    idx     INTEGER NOT NULL PRIMARY KEY CHECK (idx >= 0),
    -- The row of log_pending that it was.
    id      BLOB    NOT NULL UNIQUE,
    subject TEXT    NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq >= 0),
    leaf    BLOB    NOT NULL CHECK (length(leaf) = 32),
    -- The exact bytes that the leaf is the hash of.
    bytes   BLOB    NOT NULL CHECK (length(bytes) BETWEEN 2 AND 16384),
    UNIQUE (subject, seq)
) STRICT;
CREATE TRIGGER log_entry_is_not_changed BEFORE UPDATE ON log_entry
BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_entry_is_not_removed BEFORE DELETE ON log_entry
BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;

-- Tiles of 256 hashes, those at the edge as full as they are.
CREATE TABLE log_tile (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    idx    INTEGER NOT NULL CHECK (idx >= 0),
    hashes BLOB    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, idx)
) STRICT;

-- How far the log goes, what of it is signed, and who leads: changed by compare-and-swap only. One row.
CREATE TABLE log_head (
    one         INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- Entries that have their place.
    size        INTEGER NOT NULL CHECK (size >= 0),
    root        BLOB    NOT NULL CHECK (length(root) = 32),
    -- Entries under the last published checkpoint, and the checkpoint; none before the first one.
    published   INTEGER NOT NULL CHECK (published BETWEEN 0 AND size),
    checkpoint  TEXT,
    signed_at   INTEGER,
    -- The node that leads, until when, and how often the lead has passed: a node that lost it can write nothing more.
    holder      BLOB,
    held_until  INTEGER NOT NULL DEFAULT 0,
    fence       INTEGER NOT NULL DEFAULT 0,
    CHECK ((published = 0) = (checkpoint IS NULL))
) STRICT;
INSERT INTO log_head (one, size, root, published)
VALUES (1, 0, X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0);

-- The entries that tell of issues and of what becomes of labels: they count for the public once they are under the checkpoint.
ALTER TABLE lot_code ADD COLUMN entry_id BLOB NOT NULL DEFAULT X'00000000000000000000000000000000';
UPDATE lot_code SET entry_id = COALESCE((SELECT pending.id FROM log_pending AS pending
    WHERE pending.type = 'codes.issued' AND pending.body LIKE '%"what":"lot"%'
    AND pending.subject = 'lot:' || lower(substr(hex(lot_id), 1, 8) || '-' || substr(hex(lot_id), 9, 4) || '-' || substr(hex(lot_id), 13, 4)
    || '-' || substr(hex(lot_id), 17, 4) || '-' || substr(hex(lot_id), 21, 12))), entry_id);
ALTER TABLE code_range ADD COLUMN entry_id BLOB NOT NULL DEFAULT X'00000000000000000000000000000000';
UPDATE code_range SET entry_id = COALESCE((SELECT pending.id FROM log_pending AS pending
    WHERE pending.type IN ('codes.activated', 'codes.voided') AND pending.at = code_range.at
    AND pending.body LIKE '%' || lower(substr(hex(code_range.run_id), 1, 8) || '-' || substr(hex(code_range.run_id), 9, 4) || '-'
    || substr(hex(code_range.run_id), 13, 4) || '-' || substr(hex(code_range.run_id), 17, 4) || '-' || substr(hex(code_range.run_id), 21, 12)) || '%'
    ORDER BY pending.id LIMIT 1), entry_id);
