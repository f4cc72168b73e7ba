-- Lots, who holds how much of them, and what is under way between two parties.
CREATE TABLE lot (
    id            BLOB    NOT NULL PRIMARY KEY,
    product_id    BLOB    NOT NULL REFERENCES product (id),
    code          TEXT    NOT NULL CHECK (length(code) BETWEEN 1 AND 20),
    short_code    TEXT    NOT NULL UNIQUE CHECK (length(short_code) = 10),
    -- Whose lot it is (the party on whose behalf it was declared), and where it began.
    party_id      BLOB    NOT NULL,
    place_id      BLOB    NOT NULL,
    unit          TEXT    NOT NULL CHECK (unit IN ('gram', 'piece')),
    declared      INTEGER NOT NULL CHECK (declared > 0),
    harvested_on  TEXT    NOT NULL,
    packed_on     TEXT,
    expires_on    TEXT,
    hold          TEXT    NOT NULL DEFAULT 'none' CHECK (hold IN ('none', 'held')),
    hold_reason   TEXT,
    recall        TEXT    NOT NULL DEFAULT 'none' CHECK (recall IN ('none', 'recalled')),
    recall_reason TEXT,
    gate_version  INTEGER NOT NULL DEFAULT 0,
    -- Raised by everything that changes what the lot's page shows.
    version       INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    UNIQUE (product_id, code)
) STRICT;
CREATE INDEX lot_by_party ON lot (party_id, id);
CREATE INDEX lot_by_code ON lot (code, id);
CREATE INDEX lot_by_harvest ON lot (harvested_on, id);

-- Mass in the hands of each party: guarded statements keep it from going below zero.
CREATE TABLE holding (
    lot_id   BLOB    NOT NULL,
    party_id BLOB    NOT NULL,
    amount   INTEGER NOT NULL CHECK (amount >= 0),
    -- All that ever came in, and how much of it was packed: nothing is packed twice.
    taken_in INTEGER NOT NULL CHECK (taken_in >= amount),
    packed   INTEGER NOT NULL DEFAULT 0 CHECK (packed >= 0 AND packed <= taken_in),
    PRIMARY KEY (lot_id, party_id)
) STRICT;
CREATE INDEX holding_by_party ON holding (party_id, lot_id);

CREATE TABLE shipment (
    lot_id     BLOB    NOT NULL,
    -- The event of the shipment.
    id         BLOB    NOT NULL,
    from_party BLOB    NOT NULL,
    to_party   BLOB    NOT NULL,
    from_place BLOB    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    received   INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= amount),
    shipped_at INTEGER NOT NULL,
    PRIMARY KEY (lot_id, id)
) STRICT;
CREATE UNIQUE INDEX shipment_by_id ON shipment (id);
-- What is still under way, for those who wait for it.
CREATE INDEX shipment_open ON shipment (to_party, shipped_at, id) WHERE received < amount;
CREATE INDEX shipment_from ON shipment (from_party, shipped_at, id);
