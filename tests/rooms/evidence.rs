//! Papers and what laboratories found: what is read, when it counts, what follows from it.

mod certificates;
mod files;
mod findings;
mod lists;
mod plots;
