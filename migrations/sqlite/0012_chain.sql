-- The chain with the full set of events: the journal takes every EPCIS 2.0 event, things that the registry does not know have names,
-- and what follows from the journal (genealogy, contents of cases, balances, what waits, what breaches a rule) can be taken back.

ALTER TABLE event RENAME TO event_before;
CREATE TABLE event (
    id          BLOB    NOT NULL PRIMARY KEY,
    -- The EPCIS eventID. An error declaration repeats the event that it declares wrong.
    event_id    TEXT    NOT NULL,
    declares_error INTEGER NOT NULL CHECK (declares_error IN (0, 1)),
    type        TEXT    NOT NULL CHECK (type IN ('ObjectEvent', 'AggregationEvent', 'TransactionEvent', 'TransformationEvent', 'AssociationEvent')),
    -- The registry's own word for what was done; 'observe' for what it has no word for.
    step        TEXT    NOT NULL CHECK (step IN ('harvest', 'pick', 'wash', 'cut', 'mix', 'split', 'merge', 'repack', 'process',
        'pack', 'aggregate', 'disaggregate', 'ship', 'receive', 'refuse', 'lose', 'return', 'sell', 'sample', 'test', 'waste',
        'hold', 'release', 'recall', 'correct', 'observe')),
    action      TEXT    CHECK (action IN ('ADD', 'OBSERVE', 'DELETE')),
    -- CBV words bare, other words as URIs; places by their names.
    biz_step    TEXT,
    disposition TEXT,
    read_point  TEXT,
    biz_location TEXT,
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
    -- SHA-256 of the command as it was given, or of the content of a captured event: a repeat under the same id is known from
    -- another one.
    command     BLOB NOT NULL CHECK (length(command) = 32),
    -- The capture that brought it; none for the registry's own forms.
    capture_id  BLOB,
    -- The @context of the document that it came in, where it has none of its own.
    context     TEXT,
    -- The event as it was received. Free text of the forms is not in here but in private_value, beside this row's id.
    epcis       TEXT    NOT NULL,
    CHECK ((behalf_of IS NULL) = (mandate_id IS NULL)),
    UNIQUE (event_id, declares_error)
) STRICT;
INSERT INTO event (id, event_id, declares_error, type, step, action, biz_step, disposition, event_time, zone_offset, whole_day, recorded_at,
    recorded_by, party_id, behalf_of, mandate_id, place_id, counterparty_id, grade, command, epcis)
SELECT id, 'urn:uuid:' || lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)), 0, 'ObjectEvent', step, CASE step WHEN 'harvest' THEN 'ADD' ELSE 'OBSERVE' END,
    CASE step WHEN 'harvest' THEN 'commissioning' WHEN 'pack' THEN 'packing' WHEN 'ship' THEN 'shipping' WHEN 'receive' THEN 'receiving'
        WHEN 'sell' THEN 'retail_selling' WHEN 'hold' THEN 'holding' ELSE 'inspecting' END,
    CASE step WHEN 'harvest' THEN 'active' WHEN 'pack' THEN 'in_progress' WHEN 'ship' THEN 'in_transit' WHEN 'receive' THEN 'in_progress'
        WHEN 'sell' THEN 'retail_sold' WHEN 'hold' THEN 'urn:nguongoc:voc:on_hold' WHEN 'release' THEN 'urn:nguongoc:voc:released' ELSE 'recalled' END,
    event_time, zone_offset, whole_day, recorded_at, recorded_by, party_id, behalf_of, mandate_id, place_id, counterparty_id, grade, command, epcis
FROM event_before;
DROP TABLE event_before;
CREATE INDEX event_of_party ON event (party_id, event_time, id);
CREATE INDEX event_of_counterparty ON event (counterparty_id, event_time, id);
CREATE INDEX event_of_grantor ON event (behalf_of, event_time, id);
CREATE INDEX event_by_time ON event (event_time, id);
CREATE INDEX event_by_record ON event (recorded_at, id);
CREATE INDEX event_by_biz_step ON event (biz_step, event_time, id);
CREATE INDEX event_by_disposition ON event (disposition, event_time, id);
CREATE INDEX event_by_read_point ON event (read_point, event_time, id);
CREATE INDEX event_by_biz_location ON event (biz_location, event_time, id);
CREATE INDEX event_at_place ON event (place_id, event_time, id);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;

-- Whatever events speak of. A registered lot is the thing of the same id; a thing that becomes known gives its id to the lot.
CREATE TABLE thing (
    id         BLOB    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('class', 'unit', 'container')),
    -- The key path of a GS1 or registry key (01/GTIN/10/LOT, P/NUMBER/L/LOT, 00/SSCC), else the URI as it was given.
    name       TEXT    NOT NULL UNIQUE,
    -- The class that a unit is one of, where it is known.
    class_id   BLOB,
    first_seen INTEGER NOT NULL
) STRICT;
CREATE INDEX thing_by_class ON thing (class_id);
-- Further names of a thing: the registry's own number of a product that has a GTIN, a GTIN that came later.
CREATE TABLE thing_alias (
    name     TEXT NOT NULL PRIMARY KEY,
    thing_id BLOB NOT NULL
) STRICT;
CREATE INDEX thing_alias_by_thing ON thing_alias (thing_id);
INSERT INTO thing (id, kind, name, first_seen)
SELECT l.id, 'class', CASE WHEN p.gtin IS NULL THEN 'P/' || p.number || '/L/' || l.code ELSE '01/' || p.gtin || '/10/' || l.code END, l.created_at
FROM lot l JOIN product p ON p.id = l.product_id;
INSERT INTO thing_alias (name, thing_id)
SELECT 'P/' || p.number || '/L/' || l.code, l.id FROM lot l JOIN product p ON p.id = l.product_id WHERE p.gtin IS NOT NULL;

-- The things that an event speaks of, and what was carried in them ('carried'). Amounts in grams or pieces.
CREATE TABLE event_thing (
    thing_id   BLOB    NOT NULL,
    event_time INTEGER NOT NULL,
    event_id   BLOB    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('object', 'input', 'output', 'parent', 'child', 'carried')),
    amount     INTEGER,
    unit       TEXT CHECK (unit IN ('gram', 'piece')),
    PRIMARY KEY (thing_id, event_time, event_id, role)
) STRICT, WITHOUT ROWID;
INSERT INTO event_thing (thing_id, event_time, event_id, role, amount, unit)
SELECT t.lot_id, t.event_time, t.event_id, t.role, t.amount, CASE WHEN t.amount IS NULL THEN NULL ELSE l.unit END
FROM event_lot t JOIN lot l ON l.id = t.lot_id;
DROP TABLE event_lot;
CREATE INDEX event_thing_by_event ON event_thing (event_id, role, thing_id);

-- Everything else that an event may be asked for by: business transactions, sources, destinations, extensions, ilmd, sensors.
CREATE TABLE event_attribute (
    name       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    event_id   BLOB    NOT NULL,
    number     REAL,
    PRIMARY KEY (name, value, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_attribute_by_event ON event_attribute (event_id);
CREATE INDEX event_attribute_by_number ON event_attribute (name, number, event_id) WHERE number IS NOT NULL;

-- Genealogy: what went into each transformation and what came out of it. A node is one event, or all events of one
-- transformationID. A row goes when its event is corrected.
CREATE TABLE lineage (
    thing_id   BLOB    NOT NULL,
    side       TEXT    NOT NULL CHECK (side IN ('in', 'out')),
    node       BLOB    NOT NULL,
    event_id   BLOB    NOT NULL,
    event_time INTEGER NOT NULL,
    amount     INTEGER,
    unit       TEXT CHECK (unit IN ('gram', 'piece')),
    PRIMARY KEY (thing_id, side, node, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_by_node ON lineage (node, side, thing_id, event_time, amount, unit);
CREATE INDEX lineage_by_event ON lineage (event_id);

-- What lies in which case or pallet, from when to when: made from the aggregation events of the parent.
CREATE TABLE containment (
    parent_id  BLOB    NOT NULL,
    child_id   BLOB    NOT NULL,
    added_by   BLOB    NOT NULL,
    added_at   INTEGER NOT NULL,
    amount     INTEGER,
    unit       TEXT CHECK (unit IN ('gram', 'piece')),
    removed_by BLOB,
    removed_at INTEGER,
    -- Several parts of one child may leave at different times.
    part       INTEGER NOT NULL,
    PRIMARY KEY (parent_id, child_id, added_by, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX containment_by_child ON containment (child_id, added_at, parent_id);

-- The mass account and what is counted beside it: each event's movements, of which the holdings are the sums. Rows go when their event is
-- corrected, and the sums with them.
CREATE TABLE balance_entry (
    lot_id   BLOB    NOT NULL,
    event_id BLOB    NOT NULL,
    party_id BLOB    NOT NULL,
    account  TEXT    NOT NULL CHECK (account IN ('harvested', 'produced', 'received', 'returned', 'shipped', 'sold', 'used', 'sampled',
        'wasted', 'lost', 'packed', 'boxed')),
    -- Positive; negative only in 'boxed', for what leaves a case.
    amount   INTEGER NOT NULL,
    PRIMARY KEY (lot_id, event_id, party_id, account)
) STRICT;
CREATE INDEX balance_entry_by_event ON balance_entry (event_id);
INSERT INTO balance_entry (lot_id, event_id, party_id, account, amount)
SELECT t.thing_id, e.id, COALESCE(e.behalf_of, e.party_id),
    CASE e.step WHEN 'harvest' THEN 'harvested' WHEN 'ship' THEN 'shipped' WHEN 'receive' THEN 'received' WHEN 'sell' THEN 'sold' ELSE 'packed' END, t.amount
FROM event e JOIN event_thing t ON t.event_id = e.id
WHERE e.step IN ('harvest', 'ship', 'receive', 'sell', 'pack') AND t.amount IS NOT NULL AND COALESCE(e.behalf_of, e.party_id) IS NOT NULL;

ALTER TABLE holding RENAME TO holding_before;
CREATE TABLE holding (
    lot_id   BLOB    NOT NULL,
    party_id BLOB    NOT NULL,
    amount   INTEGER NOT NULL CHECK (amount >= 0),
    -- How much more went out than came in, by reported facts: then nothing is there, and the lot is held.
    short    INTEGER NOT NULL DEFAULT 0 CHECK (short >= 0),
    -- All that came in, and how much of it was packed: nothing is packed twice.
    taken_in INTEGER NOT NULL CHECK (taken_in >= 0),
    packed   INTEGER NOT NULL DEFAULT 0 CHECK (packed >= 0),
    -- How much of what is there lies in cases.
    boxed    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (lot_id, party_id),
    CHECK (amount = 0 OR short = 0)
) STRICT;
INSERT INTO holding (lot_id, party_id, amount, taken_in, packed) SELECT lot_id, party_id, amount, taken_in, packed FROM holding_before;
DROP TABLE holding_before;
CREATE INDEX holding_of_party ON holding (party_id, lot_id);

ALTER TABLE shipment RENAME TO shipment_before;
CREATE TABLE shipment (
    lot_id     BLOB    NOT NULL,
    -- The event of the shipment, which may be of several lots.
    id         BLOB    NOT NULL,
    from_party BLOB    NOT NULL,
    to_party   BLOB    NOT NULL,
    from_place BLOB,
    -- How much was sent, in and out of cases, and of that in cases.
    amount     INTEGER NOT NULL CHECK (amount > 0),
    boxed      INTEGER NOT NULL DEFAULT 0 CHECK (boxed >= 0 AND boxed <= amount),
    -- More than was sent only by reported facts: then the lot is held.
    received   INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
    refused    INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
    -- What never arrived, as the receiver said when it closed the shipment.
    lost       INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
    -- The shipment that these goods come back from.
    back_from  BLOB,
    shipped_at INTEGER NOT NULL,
    PRIMARY KEY (lot_id, id)
) STRICT;
INSERT INTO shipment (lot_id, id, from_party, to_party, from_place, amount, received, shipped_at)
SELECT lot_id, id, from_party, to_party, from_place, amount, received, shipped_at FROM shipment_before;
DROP TABLE shipment_before;
CREATE INDEX shipment_by_id ON shipment (id);
-- What is still under way, for those who wait for it.
CREATE INDEX shipment_under_way ON shipment (to_party, shipped_at, id) WHERE received + refused + lost < amount;
CREATE INDEX shipment_of_sender ON shipment (from_party, shipped_at, id);
-- Which receipts and refusals were counted on which shipment.
CREATE TABLE arrival (
    lot_id   BLOB    NOT NULL,
    shipment BLOB    NOT NULL,
    event_id BLOB    NOT NULL,
    received INTEGER NOT NULL CHECK (received >= 0),
    refused  INTEGER NOT NULL CHECK (refused >= 0),
    lost     INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
    -- How much of a thousand may be missing for loss of weight, by the list in force on the day that it was told.
    tolerated INTEGER NOT NULL DEFAULT 0 CHECK (tolerated >= 0),
    PRIMARY KEY (lot_id, shipment, event_id)
) STRICT;
CREATE INDEX arrival_by_event ON arrival (event_id);
INSERT INTO arrival (lot_id, shipment, event_id, received, refused)
SELECT t.thing_id, s.id, e.id, t.amount, 0 FROM event e JOIN event_thing t ON t.event_id = e.id AND t.amount IS NOT NULL
JOIN shipment s ON s.lot_id = t.thing_id AND instr(e.epcis, 'urn:uuid:' || lower(substr(hex(s.id), 1, 8) || '-' || substr(hex(s.id), 9, 4) || '-' || substr(hex(s.id), 13, 4) || '-' || substr(hex(s.id), 17, 4) || '-' || substr(hex(s.id), 21))) > 0
WHERE e.step = 'receive';

-- Which rule a reported fact about the lot breaches, while one does: then it is held.
ALTER TABLE lot ADD COLUMN breach TEXT;

-- Reported facts that a command would have been refused for. The lot is held while there is one.
CREATE TABLE breach (
    lot_id   BLOB    NOT NULL,
    event_id BLOB    NOT NULL,
    rule     TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    -- The release by which an inspector let the lot go all the same.
    overridden_by BLOB,
    PRIMARY KEY (lot_id, event_id, rule)
) STRICT;
CREATE INDEX breach_by_event ON breach (event_id);

-- Recorded, and without effect until what they need has come.
CREATE TABLE parked (
    event_id   BLOB    NOT NULL PRIMARY KEY,
    event_time INTEGER NOT NULL,
    -- What is missing, and its name.
    missing    TEXT    NOT NULL CHECK (missing IN ('lot', 'shipment', 'event')),
    waits_for  TEXT    NOT NULL
) STRICT;
CREATE INDEX parked_by_need ON parked (waits_for, event_time, event_id);

-- Events that were declared wrong: without effect, and still to be read.
CREATE TABLE correction (
    event_id   BLOB    NOT NULL PRIMARY KEY,
    corrected_by BLOB NOT NULL,
    reason     TEXT,
    declared_at INTEGER NOT NULL
) STRICT;
CREATE INDEX correction_by_declaration ON correction (corrected_by);

-- Captures of EPCIS documents and their results, event by event.
CREATE TABLE capture (
    id          BLOB    NOT NULL PRIMARY KEY,
    party_id    BLOB,
    person_id   BLOB    NOT NULL,
    -- What is done when one event is refused: 'rollback' keeps nothing, 'proceed' keeps the others (EPCIS 2.0 §12.6.1).
    on_error    TEXT    NOT NULL CHECK (on_error IN ('rollback', 'proceed')),
    state       TEXT    NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    events      INTEGER NOT NULL DEFAULT 0,
    -- What is wrong with the document as a whole, as JSON.
    problems    TEXT
) STRICT;
CREATE INDEX capture_of_party ON capture (party_id, created_at, id);
CREATE TABLE capture_result (
    capture_id BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    -- The EPCIS eventID, where it could be read.
    event_id   TEXT,
    result     TEXT    NOT NULL CHECK (result IN ('recorded', 'held', 'parked', 'repeated', 'refused')),
    problems   TEXT,
    PRIMARY KEY (capture_id, position)
) STRICT, WITHOUT ROWID;

-- Queries that a party has named (EPCIS 2.0 §8.2, REST /queries).
CREATE TABLE named_query (
    owner_id   BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    query      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, name)
) STRICT;
