-- People, their sessions, the tokens of programs, one-time codes, the throttle of sign-ins and the trail of them all.
CREATE TABLE person (
    id            BLOB    NOT NULL PRIMARY KEY,
    sign_in       TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    party_id      BLOB,
    role          TEXT    NOT NULL CHECK (role IN ('clerk', 'manager', 'inspector', 'officer', 'administrator')),
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL,
    -- Clerks and managers belong to a party, the others to the authority.
    CHECK ((party_id IS NULL) = (role IN ('inspector', 'officer', 'administrator')))
) STRICT;
CREATE INDEX person_by_party ON person (party_id, id);

CREATE TABLE session (
    secret_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    person_id   BLOB    NOT NULL REFERENCES person (id),
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE api_token (
    id           BLOB    NOT NULL PRIMARY KEY,
    secret_hash  BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    person_id    BLOB    NOT NULL REFERENCES person (id),
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX api_token_by_person ON api_token (person_id, id);

CREATE TABLE one_time_code (
    secret_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('sign_up', 'reset')),
    party_id    BLOB,
    role        TEXT    NOT NULL,
    person_id   BLOB,
    made_by     BLOB,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT;
CREATE INDEX one_time_code_by_party ON one_time_code (party_id);

CREATE TABLE sign_in_throttle (
    bucket       BLOB    NOT NULL PRIMARY KEY CHECK (length(bucket) = 32),
    failures     INTEGER NOT NULL CHECK (failures >= 0),
    locked_until INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_trail (
    id        BLOB    NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    person_id BLOB,
    act       TEXT    NOT NULL,
    subject   BLOB,
    detail    TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_trail_by_time ON audit_trail (at, id);
CREATE TRIGGER audit_trail_is_never_changed BEFORE UPDATE ON audit_trail
BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;
CREATE TRIGGER audit_trail_is_never_removed BEFORE DELETE ON audit_trail
BEGIN SELECT RAISE(ABORT, 'the audit trail is never removed'); END;
