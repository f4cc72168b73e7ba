//! Plots, packhouses, shops: where things happen.
