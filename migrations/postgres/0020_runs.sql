-- Runs of unit codes, and the code account that they are drawn from: what was packed of a lot may be coded once.

-- The code account of what a party has of a lot, in grams or pieces. It is a ledger of acts that cannot be undone (a printed label
-- stays printed), so that it does not follow from the journal: what was packed and what came in are in `holding`.
CREATE TABLE code_account (
    lot_id         UUID    NOT NULL,
    party_id       UUID    NOT NULL,
    -- Contents of all packs whose codes were issued (for a stock roll: activated) and are not void.
    coded          BIGINT NOT NULL DEFAULT 0,
    -- What came with goods of a split or merge, less what went with them: packed, and of that coded.
    carried_packed BIGINT NOT NULL DEFAULT 0,
    carried_coded  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (lot_id, party_id)
);
-- What each split or merge carried: once for an event, and taken back only when the event is declared wrong.
CREATE TABLE code_carry (
    event_id UUID    NOT NULL,
    lot_id   UUID    NOT NULL,
    party_id UUID    NOT NULL,
    -- Below zero for what went in, above for what came out.
    packed   BIGINT NOT NULL,
    coded    BIGINT NOT NULL,
    PRIMARY KEY (event_id, lot_id, party_id)
);

-- How many serials of a product were given so far.
CREATE TABLE code_counter (
    product_id UUID    NOT NULL PRIMARY KEY,
    next       BIGINT NOT NULL CHECK (next BETWEEN 0 AND 1000000000000)
);

-- Which serial key this registry uses: a node with another one, or none, must give no serials. One row.
CREATE TABLE serial_key (
    one         BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    fingerprint BYTEA    NOT NULL CHECK (length(fingerprint) = 32),
    made_at     BIGINT NOT NULL
);

CREATE TABLE code_run (
    id          UUID    NOT NULL PRIMARY KEY,
    product_id  UUID    NOT NULL,
    -- What the paths of the run name the product by: 01/GTIN or P/NUMBER. It stays when the product gets a GTIN.
    product_key TEXT    NOT NULL,
    -- None for a stock roll, whose labels get their lot when they are activated.
    lot_id      UUID,
    party_id    UUID    NOT NULL,
    key_id      BYTEA    NOT NULL CHECK (length(key_id) = 4),
    host        TEXT    NOT NULL,
    first_index BIGINT NOT NULL CHECK (first_index >= 0),
    count       BIGINT NOT NULL CHECK (count BETWEEN 1 AND 1000000),
    -- Grams or pieces in one pack.
    pack_size   BIGINT NOT NULL CHECK (pack_size > 0),
    issued_by   UUID    NOT NULL,
    issued_at   BIGINT NOT NULL,
    -- The entry of the log that tells the issue.
    entry_id    UUID    NOT NULL,
    -- Raised by every range that is activated or voided: who adds one confirms what it has read.
    version     BIGINT NOT NULL DEFAULT 0,
    UNIQUE (product_id, first_index)
);
CREATE INDEX code_run_of_lot ON code_run (lot_id, id);
CREATE INDEX code_run_of_party ON code_run (party_id, product_id, id);

-- Ranges of a run, only ever added to; what holds for a label is read from all of them: void beats activated.
CREATE TABLE code_range (
    id          UUID    NOT NULL PRIMARY KEY,
    run_id      UUID    NOT NULL REFERENCES code_run (id),
    state       TEXT    NOT NULL CHECK (state IN ('activated', 'void')),
    first_index BIGINT NOT NULL,
    count       BIGINT NOT NULL CHECK (count > 0),
    -- The lot of the labels, for activated ones.
    lot_id      UUID,
    reason      TEXT,
    party_id    UUID,
    by_person   UUID    NOT NULL,
    at          BIGINT NOT NULL,
    CHECK ((state = 'activated') = (lot_id IS NOT NULL))
);
CREATE INDEX code_range_of_run ON code_range (run_id, first_index);
CREATE INDEX code_range_of_lot ON code_range (lot_id, run_id);
