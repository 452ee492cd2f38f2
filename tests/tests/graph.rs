//! `graph!` writes what a session records by hand.

#[path = "graph/closed.rs"]
mod closed;
#[path = "graph/constructs.rs"]
mod constructs;
#[path = "graph/expressions.rs"]
mod expressions;
#[path = "graph/models.rs"]
mod models;
#[path = "graph/operations.rs"]
mod operations;
