//! What the public sees: pages and JSON behind codes, the way from unsigned codes to them, and what a bad code is told.

mod arrange;
mod bad_codes;
mod cache;
mod issued;
mod page;
mod report;
mod resolver;
mod rules;
