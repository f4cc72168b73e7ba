//! The words that every room speaks, tried by their front doors: known vectors, what must be refused and with which problem, and
//! properties that hold for every input.

#![cfg(test)]

mod documents;
mod identifiers;
mod messages;
mod numbers;
mod properties;
mod quantities;
mod text;
mod time;

use nguongoc::kernel::Problem;

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> &'static str {
    result.unwrap_err().code
}
