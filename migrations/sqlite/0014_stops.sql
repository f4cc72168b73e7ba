-- What stops a lot reaches everything that was made of it.

-- Who holds it: the authority, or the lot's own party, which may lift its own hold only.
ALTER TABLE lot ADD COLUMN hold_by TEXT CHECK (hold_by IN ('authority', 'party'));
UPDATE lot SET hold_by = 'authority' WHERE hold = 'held';
-- How many reports and sums breach a rule: one more stops anew what an inspector had let go.
ALTER TABLE lot ADD COLUMN troubles INTEGER NOT NULL DEFAULT 0;
UPDATE lot SET troubles = (SELECT COUNT(*) FROM breach b WHERE b.lot_id = lot.id AND b.overridden_by IS NULL);
-- What stops a lot that it was made of, while one is stopped, and which: a recall before a hold.
ALTER TABLE lot ADD COLUMN upstream TEXT CHECK (upstream IN ('held', 'recalled'));
ALTER TABLE lot ADD COLUMN upstream_lot BLOB;

-- Which stopped lots something was made of, by whatever ways; a row goes when the origin is free again or the genealogy corrected.
CREATE TABLE inherited_stop (
    thing_id      BLOB NOT NULL,
    origin_id     BLOB NOT NULL,
    -- The release by which an inspector let it go all the same; what was made of it only is free too.
    overridden_by BLOB,
    PRIMARY KEY (thing_id, origin_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inherited_stop_by_origin ON inherited_stop (origin_id, thing_id);
INSERT INTO inherited_stop (thing_id, origin_id)
WITH RECURSIVE reached (thing_id, origin_id) AS (
    SELECT id, id FROM lot WHERE hold = 'held' OR recall = 'recalled' OR breach IS NOT NULL
    UNION
    SELECT o.thing_id, r.origin_id FROM reached r CROSS JOIN lineage i CROSS JOIN lineage o
    WHERE i.thing_id = r.thing_id AND i.side = 'in' AND o.node = i.node AND o.side = 'out')
SELECT thing_id, origin_id FROM reached WHERE thing_id <> origin_id;
UPDATE lot SET
    upstream = (SELECT CASE MAX(CASE WHEN o.recall = 'recalled' THEN 2 ELSE 1 END) WHEN 2 THEN 'recalled' WHEN 1 THEN 'held' END
        FROM inherited_stop s JOIN lot o ON o.id = s.origin_id WHERE s.thing_id = lot.id),
    upstream_lot = (SELECT s.origin_id FROM inherited_stop s JOIN lot o ON o.id = s.origin_id WHERE s.thing_id = lot.id
        ORDER BY CASE WHEN o.recall = 'recalled' THEN 0 ELSE 1 END, s.origin_id LIMIT 1)
WHERE id IN (SELECT thing_id FROM inherited_stop);

-- What a rule only points out does not stop the lot; what it stops, does.
ALTER TABLE breach ADD COLUMN stops INTEGER NOT NULL DEFAULT 1 CHECK (stops IN (0, 1));
