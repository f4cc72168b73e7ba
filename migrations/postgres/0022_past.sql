-- What was said of plots and products before it was said anew, as far as the ledger rests on it: what follows from the journal can be made
-- anew as it was.
CREATE TABLE place_past (
    place_id UUID NOT NULL REFERENCES place (id),
    -- Said until then.
    until_at BIGINT NOT NULL,
    area_m2  BIGINT,
    PRIMARY KEY (place_id, until_at)
);
CREATE TABLE product_past (
    product_id      UUID NOT NULL REFERENCES product (id),
    until_at        BIGINT NOT NULL,
    group_code      TEXT NOT NULL,
    crop_code       TEXT,
    shelf_life_days BIGINT,
    PRIMARY KEY (product_id, until_at)
);

-- What is only pointed out is listed for the authority.
CREATE INDEX breach_pointed_out ON breach (event_id, lot_id) WHERE stops = 0;
