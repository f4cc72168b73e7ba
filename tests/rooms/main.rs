//! The rooms by their front doors, without a database and without a server: what is typed, what is reckoned, what is chosen.

#![cfg(test)]

mod chain;
mod evidence;
mod lookup;
mod lots;
mod places;
mod products;
mod recalls;
