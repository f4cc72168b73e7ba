-- Files by their hash: scanned documents and pictures.
CREATE TABLE file (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    media_type TEXT    NOT NULL,
    size       INTEGER NOT NULL CHECK (size >= 0),
    bytes      BLOB    NOT NULL,
    stored_at  INTEGER NOT NULL
) STRICT;
