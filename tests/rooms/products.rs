//! Products: their groups, their pictures, their links.

mod groups;
mod links;
mod pictures;
