-- People, their sessions, the tokens of programs, one-time codes, the throttle of sign-ins and the trail of them all.
CREATE TABLE person (
    id            UUID    NOT NULL PRIMARY KEY,
    sign_in       TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    party_id      UUID,
    role          TEXT    NOT NULL CHECK (role IN ('clerk', 'manager', 'inspector', 'officer', 'administrator')),
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL,
    -- Clerks and managers belong to a party, the others to the authority.
    CHECK ((party_id IS NULL) = (role IN ('inspector', 'officer', 'administrator')))
);
CREATE INDEX person_by_party ON person (party_id, id);

CREATE TABLE session (
    secret_hash BYTEA    NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    person_id   UUID    NOT NULL REFERENCES person (id),
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE api_token (
    id           UUID    NOT NULL PRIMARY KEY,
    secret_hash  BYTEA    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    person_id    UUID    NOT NULL REFERENCES person (id),
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX api_token_by_person ON api_token (person_id, id);

CREATE TABLE one_time_code (
    secret_hash BYTEA    NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('sign_up', 'reset')),
    party_id    UUID,
    role        TEXT    NOT NULL,
    person_id   UUID,
    made_by     UUID,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT
);
CREATE INDEX one_time_code_by_party ON one_time_code (party_id);

CREATE TABLE sign_in_throttle (
    bucket       BYTEA    NOT NULL PRIMARY KEY CHECK (length(bucket) = 32),
    failures     BIGINT NOT NULL CHECK (failures >= 0),
    locked_until BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);

CREATE TABLE audit_trail (
    id        UUID    NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    person_id UUID,
    act       TEXT    NOT NULL,
    subject   UUID,
    detail    TEXT    NOT NULL
);
CREATE INDEX audit_trail_by_time ON audit_trail (at, id);
CREATE FUNCTION audit_trail_is_permanent() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is never changed or removed'; END $$;
CREATE TRIGGER audit_trail_is_permanent BEFORE UPDATE OR DELETE ON audit_trail
FOR EACH ROW EXECUTE FUNCTION audit_trail_is_permanent();
