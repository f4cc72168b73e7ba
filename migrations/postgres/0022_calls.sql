-- Calls to parties that have not acknowledged the notice of a recall: a row for each call that somebody of the authority made.
CREATE TABLE recall_call (
    id        UUID    NOT NULL PRIMARY KEY,
    recall_id UUID    NOT NULL,
    party_id  UUID    NOT NULL,
    -- Somebody there was told, or nobody answered.
    outcome   TEXT    NOT NULL CHECK (outcome IN ('reached', 'missed')),
    at        BIGINT  NOT NULL,
    called_by UUID    NOT NULL
);
CREATE INDEX recall_call_of_notice ON recall_call (recall_id, party_id, outcome, at);
