//! Runs the examples as their users do.

mod course;
mod lenet;
mod mnist;
mod support;
