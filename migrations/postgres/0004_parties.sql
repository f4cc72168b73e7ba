-- Enterprises, their applications, and mandates to record for each other.
CREATE TABLE party (
    id           UUID    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('household', 'cooperative', 'company', 'processor', 'trader', 'shop', 'market', 'laboratory', 'certifier', 'authority')),
    name         TEXT    NOT NULL,
    name_folded  TEXT    NOT NULL,
    -- The number itself for enterprises; a personal number lies in private_value. tax_match is the hash by which two numbers
    -- are compared; it is emptied when an application is refused, so that the number is free again.
    tax_number   TEXT,
    tax_kind     TEXT    NOT NULL CHECK (tax_kind IN ('none', 'enterprise', 'branch', 'personal')),
    tax_match    BYTEA UNIQUE,
    commune      TEXT    NOT NULL CHECK (length(commune) = 5),
    address      TEXT    NOT NULL,
    gln          TEXT,
    status       TEXT    NOT NULL CHECK (status IN ('applied', 'approved', 'refused', 'suspended')),
    -- Households are published by name and place only with consent.
    consent      BIGINT NOT NULL CHECK (consent IN (0, 1)),
    consent_at   BIGINT,
    applied_at   BIGINT NOT NULL,
    approved_at  BIGINT,
    -- Why an officer suspended or reinstated it, in the officer's words.
    status_reason TEXT,
    version      BIGINT NOT NULL DEFAULT 0,
    CHECK (tax_kind <> 'personal' OR tax_number IS NULL)
);
-- Whoever applies may write any GLN; only among approved parties must it be one's own.
CREATE UNIQUE INDEX party_by_gln ON party (gln) WHERE approved_at IS NOT NULL;
CREATE INDEX party_by_name ON party (name_folded, id);
CREATE INDEX party_by_commune ON party (commune, id);
CREATE INDEX party_by_status ON party (status, id);

CREATE TABLE application (
    id         UUID    NOT NULL PRIMARY KEY,
    party_id   UUID    NOT NULL REFERENCES party (id),
    document   BYTEA   NOT NULL REFERENCES file (hash),
    sent_at    BIGINT NOT NULL,
    decision   TEXT    CHECK (decision IN ('approved', 'refused')),
    reason     TEXT,
    decided_by UUID,
    decided_at BIGINT,
    CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE INDEX application_by_party ON application (party_id, id);
CREATE INDEX application_open ON application (sent_at, id) WHERE decision IS NULL;

CREATE TABLE mandate (
    id         UUID    NOT NULL PRIMARY KEY,
    -- Who is recorded for, and who records.
    grantor    UUID    NOT NULL REFERENCES party (id),
    holder     UUID    NOT NULL REFERENCES party (id),
    from_day   TEXT    NOT NULL,
    to_day     TEXT    NOT NULL,
    document   BYTEA   NOT NULL REFERENCES file (hash),
    made_by    UUID    NOT NULL,
    made_at    BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by UUID,
    CHECK (grantor <> holder),
    CHECK (from_day <= to_day)
);
CREATE INDEX mandate_by_holder ON mandate (holder, grantor, id);
CREATE INDEX mandate_by_grantor ON mandate (grantor, id);
