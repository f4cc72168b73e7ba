-- Further links of a product that its party keeps: recipes, the brand's page; the resolver offers them beside the registry's own.
CREATE TABLE product_link (
    id         UUID    NOT NULL PRIMARY KEY,
    product_id UUID    NOT NULL REFERENCES product (id),
    -- The name of a GS1 link type, without its namespace.
    link_type  TEXT    NOT NULL,
    href       TEXT    NOT NULL CHECK (href LIKE 'https://%'),
    title      TEXT    NOT NULL,
    lang       TEXT    CHECK (length(lang) IN (2, 5)),
    media_type TEXT    NOT NULL,
    added_at   BIGINT  NOT NULL,
    removed_at BIGINT
);
CREATE INDEX product_link_by_product ON product_link (product_id, id);
-- The latest lots on the page of a product.
CREATE INDEX lot_by_product ON lot (product_id, id);
