-- The public side of signing keys, the signed key lists, and the codes issued for lots.
CREATE TABLE signing_key (
    id         BYTEA    NOT NULL PRIMARY KEY CHECK (length(id) = 4),
    role       TEXT    NOT NULL CHECK (role IN ('root', 'code', 'log')),
    -- A key made in the place of a compromised one has its name, and another id.
    name       TEXT    NOT NULL,
    vkey       TEXT    NOT NULL UNIQUE,
    status     TEXT    NOT NULL CHECK (status IN ('active', 'retired', 'compromised')),
    -- The last good size of the log, for a compromised key.
    last_good  BIGINT,
    from_time  BIGINT NOT NULL,
    to_time    BIGINT,
    made_at    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE key_list (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    note        TEXT    NOT NULL,
    imported_at BIGINT NOT NULL
);

CREATE TABLE lot_code (
    lot_id    UUID    NOT NULL PRIMARY KEY,
    -- The path that was signed, from 01/ or P/ on, and the key that signed it.
    path      TEXT    NOT NULL UNIQUE,
    key_id    BYTEA    NOT NULL,
    -- Kept, so that a printed code can be drawn again when its key is retired or lost.
    signature BYTEA    NOT NULL CHECK (length(signature) = 64),
    host      TEXT    NOT NULL,
    issued_by UUID    NOT NULL,
    party_id  UUID    NOT NULL,
    issued_at BIGINT NOT NULL
);
