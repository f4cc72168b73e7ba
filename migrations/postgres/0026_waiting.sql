-- What has its place in the log no longer waits: it stands there with its exact bytes, and leaves the table of those that wait in the same unit of work.
CREATE TABLE log_waiting (
    id      UUID   NOT NULL PRIMARY KEY,
    type    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    body    TEXT   NOT NULL
);
INSERT INTO log_waiting (id, type, subject, at, actor, body)
SELECT id, type, subject, at, actor, body FROM log_pending WHERE log_index IS NULL;
DROP TABLE log_pending;
-- Rows come and go here all the time: what is gone is cleared away long before it is a fifth of a table that is nearly empty.
ALTER TABLE log_waiting SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
