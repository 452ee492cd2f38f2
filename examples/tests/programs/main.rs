//! Runs the examples as their users do.

mod bench;
mod course;
mod distributed;
mod inspect;
mod lenet;
mod mnist;
mod support;
