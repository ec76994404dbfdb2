//! Reading skills as a client does: decided cases, real files, hostile input.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod corpus;
mod hostile;
