-- What shoppers report of a lot or a label. The words lie in private_value, beside this row's id: they may name people.
CREATE TABLE report (
    id         BLOB    NOT NULL PRIMARY KEY,
    lot_id     BLOB,
    about      TEXT    NOT NULL CHECK (about IN ('mismatch', 'label', 'quality', 'other')),
    sent_at    INTEGER NOT NULL,
    handled_by BLOB,
    handled_at INTEGER,
    CHECK ((handled_by IS NULL) = (handled_at IS NULL))
) STRICT;
CREATE INDEX report_open ON report (sent_at, id) WHERE handled_at IS NULL;
CREATE INDEX report_by_lot ON report (lot_id, id);
