//! How far the city is: roster and ladder.
