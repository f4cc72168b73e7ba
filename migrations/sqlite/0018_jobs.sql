-- Messages to parties, and the mails that carry them.
CREATE TABLE message (
    id           BLOB    NOT NULL PRIMARY KEY,
    party_id     BLOB    NOT NULL,
    -- What it tells: its words are message-<kind>-subject and message-<kind>-body.
    kind         TEXT    NOT NULL,
    lot_id       BLOB,
    recall_id    BLOB,
    -- The values of its words, as JSON; no personal values.
    args         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    read_at      INTEGER,
    needs_answer INTEGER NOT NULL CHECK (needs_answer IN (0, 1)),
    answered_at  INTEGER,
    answered_by  BLOB,
    CHECK ((answered_at IS NULL) = (answered_by IS NULL)),
    CHECK (needs_answer = 1 OR answered_at IS NULL)
) STRICT;
CREATE INDEX message_by_party ON message (party_id, at, id);
CREATE INDEX message_unread ON message (party_id) WHERE read_at IS NULL;
CREATE INDEX message_by_recall ON message (recall_id, party_id) WHERE recall_id IS NOT NULL;

-- The outbox: one mail for each message to a party whose address is known. It ends as sent or as given up, never as both.
CREATE TABLE mail (
    message_id   BLOB    NOT NULL PRIMARY KEY,
    party_id     BLOB    NOT NULL,
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- The node that is at it, and until when nobody else may be.
    leased_by    BLOB,
    leased_until INTEGER,
    -- Why the last attempt failed, and the code that the server gave.
    reason       TEXT    CHECK (reason IN ('unreachable', 'refused', 'postponed', 'broken_off', 'not_signed_in', 'no_address', 'too_late')),
    reply        INTEGER,
    sent_at      INTEGER,
    gave_up_at   INTEGER,
    CHECK (sent_at IS NULL OR gave_up_at IS NULL),
    CHECK ((leased_by IS NULL) = (leased_until IS NULL))
) STRICT;
CREATE INDEX mail_open ON mail (due_at, message_id) WHERE sent_at IS NULL AND gave_up_at IS NULL;
CREATE INDEX mail_given_up ON mail (gave_up_at, message_id) WHERE gave_up_at IS NOT NULL;
