-- What waits to be logged, and the values behind the log's commitments.
CREATE TABLE log_pending (
    id         UUID    NOT NULL PRIMARY KEY,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    claimed_by UUID,
    claimed_at BIGINT,
    log_index  BIGINT UNIQUE
);
CREATE INDEX log_pending_unlogged ON log_pending (id) WHERE log_index IS NULL;
CREATE INDEX log_pending_by_subject ON log_pending (subject, id);

-- The one erasable table: personal and private values, beside the record that commits to them.
CREATE TABLE private_value (
    subject UUID NOT NULL,
    field   TEXT NOT NULL,
    salt    BYTEA NOT NULL CHECK (length(salt) = 32),
    value   TEXT NOT NULL,
    PRIMARY KEY (subject, field)
);
