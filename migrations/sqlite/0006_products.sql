-- Trade items of a party, and their pictures.
CREATE TABLE product (
    id              BLOB    NOT NULL PRIMARY KEY,
    party_id        BLOB    NOT NULL REFERENCES party (id),
    number          TEXT    NOT NULL UNIQUE CHECK (length(number) = 10),
    gtin            TEXT    UNIQUE CHECK (length(gtin) = 14),
    group_code      TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    name_folded     TEXT    NOT NULL,
    name_en         TEXT,
    brand           TEXT,
    unit            TEXT    NOT NULL CHECK (unit IN ('gram', 'piece')),
    shelf_life_days INTEGER CHECK (shelf_life_days BETWEEN 1 AND 36500),
    storage         TEXT,
    standards       TEXT,
    safety_warning  TEXT,
    packaging       TEXT,
    disposal        TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX product_by_party ON product (party_id, id);

CREATE TABLE product_picture (
    id         BLOB    NOT NULL PRIMARY KEY,
    product_id BLOB    NOT NULL REFERENCES product (id),
    position   INTEGER NOT NULL,
    small      BLOB    NOT NULL REFERENCES file (hash),
    large      BLOB    NOT NULL REFERENCES file (hash),
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    added_at   INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX product_picture_by_product ON product_picture (product_id, position, id);
-- A picture is served by its hash, and only while it stands on a product.
CREATE INDEX product_picture_by_small ON product_picture (small);
CREATE INDEX product_picture_by_large ON product_picture (large);
