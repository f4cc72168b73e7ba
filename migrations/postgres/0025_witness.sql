-- What witnesses have cosigned of the log, and how each of them answers. A witness is known by the line of its key.
CREATE TABLE log_witness (
    witness       TEXT   NOT NULL PRIMARY KEY,
    -- Entries under the last checkpoint that it cosigned: where the next proof begins.
    size          BIGINT NOT NULL CHECK (size >= 0),
    cosigned_at   BIGINT,
    -- How often it failed since, and why the last time.
    failures      BIGINT NOT NULL CHECK (failures >= 0),
    failed_at     BIGINT,
    failure       TEXT,
    detail        TEXT,
    -- Not before then; and the node that asks it now, until when at most.
    due_at        BIGINT NOT NULL,
    claimed_by    UUID,
    claimed_until BIGINT NOT NULL,
    CHECK ((failures = 0) = (failure IS NULL))
);

-- Cosignatures of the last checkpoints, each with the checkpoint that it is of, as the log signed it.
CREATE TABLE log_cosignature (
    size       BIGINT NOT NULL CHECK (size > 0),
    witness    TEXT   NOT NULL,
    checkpoint TEXT   NOT NULL,
    -- When, by the witness: seconds since the epoch.
    time       BIGINT NOT NULL CHECK (time > 0),
    -- The signature line with its newline.
    line       TEXT   NOT NULL,
    PRIMARY KEY (size, witness)
);
