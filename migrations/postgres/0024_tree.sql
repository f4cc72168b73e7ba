-- The append-only log: entries in their places, the tree over them in tiles, and the one row that says how far it goes.
CREATE TABLE log_entry (
    idx     BIGINT NOT NULL PRIMARY KEY CHECK (idx >= 0),
    -- The row of log_pending that it was.
    id      UUID   NOT NULL UNIQUE,
    subject TEXT   NOT NULL,
    seq     BIGINT NOT NULL CHECK (seq >= 0),
    leaf    BYTEA  NOT NULL CHECK (length(leaf) = 32),
    -- The exact bytes that the leaf is the hash of.
    bytes   BYTEA  NOT NULL CHECK (length(bytes) BETWEEN 2 AND 16384),
    UNIQUE (subject, seq)
);
CREATE FUNCTION log_is_permanent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the log is never changed'; END $$;
CREATE TRIGGER log_entry_is_permanent BEFORE UPDATE OR DELETE ON log_entry
FOR EACH ROW EXECUTE FUNCTION log_is_permanent();

-- Tiles of 256 hashes, those at the edge as full as they are.
CREATE TABLE log_tile (
    level  BIGINT NOT NULL CHECK (level BETWEEN 0 AND 7),
    idx    BIGINT NOT NULL CHECK (idx >= 0),
    hashes BYTEA  NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, idx)
);

-- How far the log goes, what of it is signed, and who leads: changed by compare-and-swap only. One row.
CREATE TABLE log_head (
    one         BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    -- Entries that have their place.
    size        BIGINT NOT NULL CHECK (size >= 0),
    root        BYTEA  NOT NULL CHECK (length(root) = 32),
    -- Entries under the last published checkpoint, and the checkpoint; none before the first one.
    published   BIGINT NOT NULL CHECK (published BETWEEN 0 AND size),
    checkpoint  TEXT,
    signed_at   BIGINT,
    -- The node that leads, until when, and how often the lead has passed: a node that lost it can write nothing more.
    holder      UUID,
    held_until  BIGINT NOT NULL DEFAULT 0,
    fence       BIGINT NOT NULL DEFAULT 0,
    CHECK ((published = 0) = (checkpoint IS NULL))
);
INSERT INTO log_head (one, size, root, published)
VALUES (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0);

-- The entries that tell of issues and of what becomes of labels: they count for the public once they are under the checkpoint.
ALTER TABLE lot_code ADD COLUMN entry_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
UPDATE lot_code SET entry_id = COALESCE((SELECT pending.id FROM log_pending AS pending
    WHERE pending.type = 'codes.issued' AND pending.body LIKE '%"what":"lot"%'
    AND pending.subject = 'lot:' || lot_id::text), entry_id);
ALTER TABLE code_range ADD COLUMN entry_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
UPDATE code_range SET entry_id = COALESCE((SELECT pending.id FROM log_pending AS pending
    WHERE pending.type IN ('codes.activated', 'codes.voided') AND pending.at = code_range.at
    AND pending.body LIKE '%' || code_range.run_id::text || '%'
    ORDER BY pending.id LIMIT 1), entry_id);
