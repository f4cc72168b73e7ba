-- Evidence: certificates, who verified them, laboratory tests. Rows are added and never changed: what ends or corrects one is a row.
CREATE TABLE certificate (
    id           UUID    NOT NULL PRIMARY KEY,
    -- Whose certificate it is, under which scheme of assets/data/schemes.csv, with its number as its issuer wrote it.
    party_id     UUID    NOT NULL REFERENCES party (id),
    scheme       TEXT    NOT NULL,
    number       TEXT    NOT NULL,
    issuer       TEXT    NOT NULL,
    -- The issuer's own account, where it is registered.
    certifier_id UUID    REFERENCES party (id),
    -- The certified area in m².
    area         BIGINT  CHECK (area > 0),
    valid_from   TEXT    NOT NULL,
    valid_to     TEXT    NOT NULL,
    recorded_at  BIGINT  NOT NULL,
    recorded_by  UUID    NOT NULL,
    CHECK (valid_from <= valid_to)
);
CREATE INDEX certificate_of_party ON certificate (party_id, id);
CREATE INDEX certificate_of_certifier ON certificate (certifier_id, id) WHERE certifier_id IS NOT NULL;
CREATE INDEX certificate_by_scheme ON certificate (scheme, id);
CREATE INDEX certificate_by_end ON certificate (valid_to, id);

-- What it covers: without places all of the party's, without products all of them.
CREATE TABLE certificate_place (
    certificate_id UUID NOT NULL REFERENCES certificate (id),
    place_id       UUID NOT NULL REFERENCES place (id),
    PRIMARY KEY (certificate_id, place_id)
);
CREATE INDEX certificate_place_by_place ON certificate_place (place_id, certificate_id);
CREATE TABLE certificate_product (
    certificate_id UUID NOT NULL REFERENCES certificate (id),
    product_id     UUID NOT NULL REFERENCES product (id),
    PRIMARY KEY (certificate_id, product_id)
);

CREATE TABLE certificate_file (
    certificate_id UUID    NOT NULL REFERENCES certificate (id),
    file_hash      BYTEA    NOT NULL REFERENCES file (hash),
    added_at       BIGINT  NOT NULL,
    added_by       UUID    NOT NULL,
    PRIMARY KEY (certificate_id, file_hash)
);

-- Who looked at it and found it true: the certifier that issued it, or the authority.
CREATE TABLE certificate_check (
    id             UUID    NOT NULL PRIMARY KEY,
    certificate_id UUID    NOT NULL REFERENCES certificate (id),
    grade          TEXT    NOT NULL CHECK (grade IN ('third_party', 'inspected')),
    -- The certifier; none for the authority.
    party_id       UUID    REFERENCES party (id),
    role           TEXT    NOT NULL,
    checked_by     UUID    NOT NULL,
    checked_at     BIGINT  NOT NULL
);
CREATE UNIQUE INDEX certificate_check_once ON certificate_check (certificate_id, grade);

-- What became of it: suspended and resumed, withdrawn from a day on, or wrong from the beginning.
CREATE TABLE certificate_turn (
    id             UUID    NOT NULL PRIMARY KEY,
    certificate_id UUID    NOT NULL REFERENCES certificate (id),
    -- In which order they were said.
    position       BIGINT  NOT NULL CHECK (position > 0),
    turn           TEXT    NOT NULL CHECK (turn IN ('suspended', 'resumed', 'withdrawn', 'wrong')),
    from_day       TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    party_id       UUID    REFERENCES party (id),
    role           TEXT    NOT NULL,
    turned_by      UUID    NOT NULL,
    turned_at      BIGINT  NOT NULL
);
CREATE UNIQUE INDEX certificate_turn_in_order ON certificate_turn (certificate_id, position);

-- What of it everybody may see: the last row counts.
CREATE TABLE certificate_showing (
    id             UUID    NOT NULL PRIMARY KEY,
    certificate_id UUID    NOT NULL REFERENCES certificate (id),
    position       BIGINT  NOT NULL CHECK (position > 0),
    showing        TEXT    NOT NULL CHECK (showing IN ('nothing', 'line', 'files')),
    shown_by       UUID    NOT NULL,
    shown_at       BIGINT  NOT NULL
);
CREATE UNIQUE INDEX certificate_showing_in_order ON certificate_showing (certificate_id, position);

-- A laboratory's report on a sample of a lot or from a plot.
CREATE TABLE lab_test (
    id            UUID    NOT NULL PRIMARY KEY,
    lot_id        UUID,
    place_id      UUID,
    -- Who entered it: the laboratory itself, or the party that holds its report. Whose goods they are.
    party_id      UUID    NOT NULL REFERENCES party (id),
    owner_id      UUID    NOT NULL REFERENCES party (id),
    laboratory    TEXT    NOT NULL,
    laboratory_id UUID    REFERENCES party (id),
    report        TEXT    NOT NULL,
    sample        TEXT,
    method        TEXT,
    -- The group by which limits were looked up.
    product_group TEXT,
    sampled_on    TEXT    NOT NULL,
    reported_on   TEXT    NOT NULL,
    verdict       TEXT    NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    grade         TEXT    NOT NULL CHECK (grade IN ('declared', 'documented', 'third_party')),
    file_hash     BYTEA    REFERENCES file (hash),
    -- The event of the journal that tells of it; an inconclusive test and one of a plot have none.
    event_id      UUID    UNIQUE,
    recorded_at   BIGINT  NOT NULL,
    recorded_by   UUID    NOT NULL,
    CHECK ((lot_id IS NULL) <> (place_id IS NULL)),
    CHECK (sampled_on <= reported_on)
);
CREATE INDEX lab_test_of_lot ON lab_test (lot_id, sampled_on, id) WHERE lot_id IS NOT NULL;
CREATE INDEX lab_test_of_place ON lab_test (place_id, sampled_on, id) WHERE place_id IS NOT NULL;
CREATE INDEX lab_test_of_party ON lab_test (party_id, id);
CREATE INDEX lab_test_of_owner ON lab_test (owner_id, id);

CREATE TABLE lab_result (
    lab_test_id  UUID    NOT NULL REFERENCES lab_test (id),
    position     BIGINT  NOT NULL,
    analyte      TEXT    NOT NULL,
    analyte_folded TEXT  NOT NULL,
    -- A number, less than the limit of quantification, not found, or found without a number.
    finding      TEXT    NOT NULL CHECK (finding IN ('value', 'below', 'not_detected', 'detected')),
    -- Exact decimals with a point: the value, or the limit of quantification.
    amount       TEXT,
    unit         TEXT    NOT NULL,
    limit_kind   TEXT    NOT NULL CHECK (limit_kind IN ('at_most', 'absent', 'none')),
    limit_amount TEXT,
    limit_unit   TEXT,
    limit_source TEXT,
    verdict      TEXT    NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    PRIMARY KEY (lab_test_id, position),
    CHECK ((limit_kind = 'at_most') = (limit_amount IS NOT NULL))
);

-- A report that was declared wrong.
CREATE TABLE lab_test_wrong (
    lab_test_id UUID    NOT NULL PRIMARY KEY REFERENCES lab_test (id),
    reason      TEXT    NOT NULL,
    declared_at BIGINT  NOT NULL,
    declared_by UUID    NOT NULL
);
