-- The journal: EPCIS 2.0 events, never changed and never removed, and the lots that each touches.
CREATE TABLE event (
    id          UUID    NOT NULL PRIMARY KEY,
    step        TEXT    NOT NULL CHECK (step IN ('harvest', 'pack', 'ship', 'receive', 'sell', 'hold', 'release', 'recall')),
    event_time  BIGINT NOT NULL,
    zone_offset BIGINT NOT NULL,
    -- 1 when only the day is known; the hour is then a stand-in that keeps the order.
    whole_day   BIGINT NOT NULL CHECK (whole_day IN (0, 1)),
    recorded_at BIGINT NOT NULL,
    -- Who recorded it and that person's party (none for the authority); the party on whose behalf, under which mandate.
    recorded_by UUID NOT NULL,
    party_id    UUID,
    behalf_of   UUID,
    mandate_id  UUID,
    place_id    UUID,
    -- To whom it went or from whom it came.
    counterparty_id UUID,
    grade       TEXT    NOT NULL CHECK (grade IN ('declared', 'documented', 'third_party', 'inspected')),
    -- SHA-256 of the command as it was given: a repeat under the same id is known from another command.
    command     BYTEA NOT NULL CHECK (length(command) = 32),
    -- Free text is not in here but in private_value, beside this row's id.
    epcis       TEXT    NOT NULL,
    CHECK ((behalf_of IS NULL) = (mandate_id IS NULL))
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
