-- The journal: EPCIS 2.0 events, never changed and never removed, and the lots that each touches.
CREATE TABLE event (
    id          UUID    NOT NULL PRIMARY KEY,
    step        TEXT    NOT NULL,
    event_time  BIGINT NOT NULL,
    zone_offset BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    -- Who recorded it, for whom, and the evidence grade.
    recorded_by UUID,
    party_id    UUID,
    behalf_of   UUID,
    mandate_id  UUID,
    place_id    UUID,
    grade       TEXT    NOT NULL CHECK (grade IN ('declared', 'documented', 'third_party', 'inspected')),
    -- The salted commitments of the log entry point to private_value rows of this event.
    epcis       TEXT    NOT NULL
);
CREATE INDEX event_by_party ON event (party_id, event_time, id);
CREATE FUNCTION event_is_permanent() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is never changed'; END $$;
CREATE TRIGGER event_is_permanent BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION event_is_permanent();

CREATE TABLE event_lot (
    lot_id     UUID    NOT NULL,
    event_time BIGINT NOT NULL,
    event_id   UUID    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('object', 'input', 'output', 'parent', 'child')),
    amount     BIGINT,
    PRIMARY KEY (lot_id, event_time, event_id, role)
);
CREATE INDEX event_lot_by_event ON event_lot (event_id);
