-- The journal: EPCIS 2.0 events, never changed and never removed, and the lots that each touches.
CREATE TABLE event (
    id          BLOB    NOT NULL PRIMARY KEY,
    step        TEXT    NOT NULL CHECK (step IN ('harvest', 'pack', 'ship', 'receive', 'sell', 'hold', 'release', 'recall')),
    event_time  INTEGER NOT NULL,
    zone_offset INTEGER NOT NULL,
    -- 1 when only the day is known; the hour is then a stand-in that keeps the order.
    whole_day   INTEGER NOT NULL CHECK (whole_day IN (0, 1)),
    recorded_at INTEGER NOT NULL,
    -- Who recorded it and that person's party (none for the authority); the party on whose behalf, under which mandate.
    recorded_by BLOB NOT NULL,
    party_id    BLOB,
    behalf_of   BLOB,
    mandate_id  BLOB,
    place_id    BLOB,
    -- To whom it went or from whom it came.
    counterparty_id BLOB,
    grade       TEXT    NOT NULL CHECK (grade IN ('declared', 'documented', 'third_party', 'inspected')),
    -- SHA-256 of the command as it was given: a repeat under the same id is known from another command.
    command     BLOB NOT NULL CHECK (length(command) = 32),
    -- Free text is not in here but in private_value, beside this row's id.
    epcis       TEXT    NOT NULL,
    CHECK ((behalf_of IS NULL) = (mandate_id IS NULL))
) STRICT;
CREATE INDEX event_by_party ON event (party_id, event_time, id);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;

CREATE TABLE event_lot (
    lot_id     BLOB    NOT NULL,
    event_time INTEGER NOT NULL,
    event_id   BLOB    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('object', 'input', 'output', 'parent', 'child')),
    amount     INTEGER,
    PRIMARY KEY (lot_id, event_time, event_id, role)
) STRICT;
CREATE INDEX event_lot_by_event ON event_lot (event_id);
