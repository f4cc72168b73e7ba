-- Files by their hash: scanned documents and pictures.
CREATE TABLE file (
    hash       BYTEA  NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    media_type TEXT   NOT NULL,
    size       BIGINT NOT NULL CHECK (size >= 0),
    bytes      BYTEA  NOT NULL,
    stored_at  BIGINT NOT NULL
);
