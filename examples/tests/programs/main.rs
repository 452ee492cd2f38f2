//! Runs the examples as their users do.

mod course;
mod mnist;
mod support;
