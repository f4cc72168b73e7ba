-- Recalls and drills: who proposed and decided what, what it reached, who was told, what came back.
CREATE TABLE recall (
    id              BLOB    NOT NULL PRIMARY KEY,
    -- TH-2026-0001 for a recall, DT-2026-0001 for a drill: what people name it by.
    number          TEXT    NOT NULL UNIQUE,
    kind            TEXT    NOT NULL CHECK (kind IN ('recall', 'drill')),
    state           TEXT    NOT NULL CHECK (state IN ('proposed', 'decided', 'rejected', 'closed')),
    danger          TEXT    NOT NULL CHECK (danger IN ('serious', 'possible', 'unlikely')),
    way             TEXT    NOT NULL CHECK (way IN ('repair', 'change_use', 'reexport', 'destroy')),
    -- What everybody may read.
    reason          TEXT    NOT NULL,
    takes_back      TEXT    NOT NULL,
    until_day       TEXT,
    -- Who, in which role, for which party (none for the authority).
    proposed_at     INTEGER NOT NULL,
    proposed_by     BLOB    NOT NULL,
    proposed_role   TEXT    NOT NULL,
    proposed_party  BLOB,
    decided_at      INTEGER,
    decided_by      BLOB,
    decided_role    TEXT,
    decided_party   BLOB,
    decision_reason TEXT,
    closed_at       INTEGER,
    closed_by       BLOB,
    -- How far the notices are: the lots and holders are sought, then told in batches, the cursor being the last party told.
    phase           TEXT    NOT NULL CHECK (phase IN ('waiting', 'reaching', 'telling', 'told')),
    told_up_to      BLOB    NOT NULL,
    reached_at      INTEGER,
    told_at         INTEGER,
    looked_at       INTEGER,
    lots            INTEGER NOT NULL DEFAULT 0,
    holders         INTEGER NOT NULL DEFAULT 0,
    -- Whether the holders get messages: always, save in a quiet drill.
    tells           INTEGER NOT NULL CHECK (tells IN (0, 1)),
    -- What the lot of a drill was drawn by; none when it was chosen.
    seed            INTEGER,
    -- The figures at the end, as JSON, and the signed record of a drill.
    report          TEXT,
    note            TEXT,
    CHECK ((decided_at IS NULL) = (state = 'proposed')),
    CHECK ((closed_at IS NULL) = (state <> 'closed'))
) STRICT;
CREATE INDEX recall_by_time ON recall (proposed_at, id);
CREATE INDEX recall_under_way ON recall (decided_at, id) WHERE state = 'decided';

-- The lots that it begins with, and what was done to each.
CREATE TABLE recall_origin (
    recall_id BLOB    NOT NULL,
    lot_id    BLOB    NOT NULL,
    -- 'others' when somebody else held it already: then it is not ours to lift.
    hold      TEXT    NOT NULL CHECK (hold IN ('wanted', 'ours', 'others', 'lifted')),
    recalled  INTEGER NOT NULL CHECK (recalled IN (0, 1)),
    PRIMARY KEY (recall_id, lot_id)
) STRICT;
CREATE INDEX recall_origin_by_lot ON recall_origin (lot_id, recall_id);

-- Everything that came of these lots, round by round.
CREATE TABLE recall_reach (
    recall_id BLOB    NOT NULL,
    thing_id  BLOB    NOT NULL,
    round     INTEGER NOT NULL,
    PRIMARY KEY (recall_id, thing_id)
) STRICT;
CREATE INDEX recall_reach_by_round ON recall_reach (recall_id, round, thing_id);
CREATE INDEX recall_reach_by_thing ON recall_reach (thing_id, recall_id);

-- Who has or had how much of which of these lots, when it was looked.
CREATE TABLE recall_share (
    recall_id BLOB    NOT NULL,
    party_id  BLOB    NOT NULL,
    lot_id    BLOB    NOT NULL,
    held      INTEGER NOT NULL,
    taken_in  INTEGER NOT NULL,
    PRIMARY KEY (recall_id, party_id, lot_id)
) STRICT;
CREATE INDEX recall_share_by_party ON recall_share (party_id, recall_id);

-- Who was told, by which message; the acknowledgement is that message's answer. None in a quiet drill.
CREATE TABLE recall_notice (
    recall_id  BLOB    NOT NULL,
    party_id   BLOB    NOT NULL,
    message_id BLOB,
    at         INTEGER NOT NULL,
    PRIMARY KEY (recall_id, party_id)
) STRICT;

-- What came back, or was dealt with where it lay.
CREATE TABLE recall_recovery (
    id         BLOB    NOT NULL PRIMARY KEY,
    recall_id  BLOB    NOT NULL,
    party_id   BLOB    NOT NULL,
    lot_id     BLOB    NOT NULL,
    way        TEXT    NOT NULL CHECK (way IN ('repair', 'change_use', 'reexport', 'destroy', 'returned')),
    amount     INTEGER NOT NULL CHECK (amount > 0),
    at         INTEGER NOT NULL,
    entered_by BLOB    NOT NULL
) STRICT;
CREATE INDEX recall_recovery_of_recall ON recall_recovery (recall_id, party_id, lot_id);
