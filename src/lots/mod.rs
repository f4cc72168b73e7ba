//! Lots, their balances in each hand, holds.
