-- The reason of the hold that a lot's own party had put when the authority put another above it: it stands again when that is lifted.
ALTER TABLE lot ADD COLUMN own_hold TEXT;

-- What kind of place it was until then: only at some of them crops grow. Nothing where it was kept before this was.
ALTER TABLE place_past ADD COLUMN kind TEXT;
