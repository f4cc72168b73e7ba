-- The least days from sowing or planting a crop until it can be harvested, where the authority's list says so.
ALTER TABLE yield_band ADD COLUMN days_to_harvest INTEGER CHECK (days_to_harvest BETWEEN 1 AND 1000);
