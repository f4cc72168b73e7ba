-- The journal is read through once.
SET LOCAL statement_timeout = 0;

-- The GLN by which a place is called, and those by which it was called when something was told of it: what is told under one of them is told of that
-- place, and no other place gets it.
CREATE TABLE place_gln (
    gln      TEXT   NOT NULL PRIMARY KEY,
    place_id UUID   NOT NULL REFERENCES place (id),
    -- From when on it was known.
    since    BIGINT NOT NULL
);
CREATE INDEX place_gln_by_place ON place_gln (place_id, gln);
INSERT INTO place_gln (gln, place_id, since) SELECT gln, id, created_at FROM place WHERE gln IS NOT NULL;
-- Those that were replaced before this was kept stand in the journal.
INSERT INTO place_gln (gln, place_id, since)
SELECT DISTINCT ON (substr(name, 5, 13)) substr(name, 5, 13), place_id, recorded_at FROM (
    SELECT read_point AS name, place_id, recorded_at FROM event WHERE read_point LIKE '414/_____________%' AND place_id IS NOT NULL
    UNION ALL
    SELECT biz_location, place_id, recorded_at FROM event
    WHERE read_point IS NULL AND biz_location LIKE '414/_____________%' AND place_id IS NOT NULL
) AS named WHERE length(name) = 17 OR substr(name, 18, 5) = '/254/' ORDER BY substr(name, 5, 13), recorded_at
ON CONFLICT DO NOTHING;

-- Since when a product is known by its GTIN: what was told of it under that before was told of what nobody knew.
CREATE TABLE product_gtin (
    gtin       TEXT   NOT NULL PRIMARY KEY,
    product_id UUID   NOT NULL UNIQUE REFERENCES product (id),
    since      BIGINT NOT NULL
);
INSERT INTO product_gtin (gtin, product_id, since) SELECT gtin, id, created_at FROM product WHERE gtin IS NOT NULL;

-- Among those who are shown as they were, a party is found by its GLN as well.
CREATE INDEX party_of_gln ON party (gln);
