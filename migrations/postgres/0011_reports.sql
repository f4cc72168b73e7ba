-- What shoppers report of a lot or a label. The words lie in private_value, beside this row's id: they may name people.
CREATE TABLE report (
    id         UUID    NOT NULL PRIMARY KEY,
    lot_id     UUID,
    about      TEXT    NOT NULL CHECK (about IN ('mismatch', 'label', 'quality', 'other')),
    sent_at    BIGINT NOT NULL,
    handled_by UUID,
    handled_at BIGINT,
    CHECK ((handled_by IS NULL) = (handled_at IS NULL))
);
CREATE INDEX report_open ON report (sent_at, id) WHERE handled_at IS NULL;
CREATE INDEX report_by_lot ON report (lot_id, id);
