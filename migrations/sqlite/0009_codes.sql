-- The public side of signing keys, the signed key lists, and the codes issued for lots.
CREATE TABLE signing_key (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 4),
    role       TEXT    NOT NULL CHECK (role IN ('root', 'code', 'log')),
    -- A key made in the place of a compromised one has its name, and another id.
    name       TEXT    NOT NULL,
    vkey       TEXT    NOT NULL UNIQUE,
    status     TEXT    NOT NULL CHECK (status IN ('active', 'retired', 'compromised')),
    -- The last good size of the log, for a compromised key.
    last_good  INTEGER,
    from_time  INTEGER NOT NULL,
    to_time    INTEGER,
    made_at    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE key_list (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    note        TEXT    NOT NULL,
    imported_at INTEGER NOT NULL
) STRICT;

CREATE TABLE lot_code (
    lot_id    BLOB    NOT NULL PRIMARY KEY,
    -- The path that was signed, from 01/ or P/ on, and the key that signed it.
    path      TEXT    NOT NULL UNIQUE,
    key_id    BLOB    NOT NULL,
    -- Kept, so that a printed code can be drawn again when its key is retired or lost.
    signature BLOB    NOT NULL CHECK (length(signature) = 64),
    host      TEXT    NOT NULL,
    issued_by BLOB    NOT NULL,
    party_id  BLOB    NOT NULL,
    issued_at INTEGER NOT NULL
) STRICT;
