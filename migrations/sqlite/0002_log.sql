-- What waits to be logged, and the values behind the log's commitments.
CREATE TABLE log_pending (
    id         BLOB    NOT NULL PRIMARY KEY,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    claimed_by BLOB,
    claimed_at INTEGER,
    log_index  INTEGER UNIQUE
) STRICT;
CREATE INDEX log_pending_unlogged ON log_pending (id) WHERE log_index IS NULL;
CREATE INDEX log_pending_by_subject ON log_pending (subject, id);

-- The one erasable table: personal and private values, beside the record that commits to them.
CREATE TABLE private_value (
    subject BLOB NOT NULL,
    field   TEXT NOT NULL,
    salt    BLOB NOT NULL CHECK (length(salt) = 32),
    value   TEXT NOT NULL,
    PRIMARY KEY (subject, field)
) STRICT;
