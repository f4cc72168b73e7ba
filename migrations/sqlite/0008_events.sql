-- The journal: EPCIS 2.0 events, never changed and never removed, and the lots that each touches.
CREATE TABLE event (
    id          BLOB    NOT NULL PRIMARY KEY,
    step        TEXT    NOT NULL,
    event_time  INTEGER NOT NULL,
    zone_offset INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    -- Who recorded it, for whom, and the evidence grade.
    recorded_by BLOB,
    party_id    BLOB,
    behalf_of   BLOB,
    mandate_id  BLOB,
    place_id    BLOB,
    grade       TEXT    NOT NULL CHECK (grade IN ('declared', 'documented', 'third_party', 'inspected')),
    -- The salted commitments of the log entry point to private_value rows of this event.
    epcis       TEXT    NOT NULL
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
