//! The client against a server that plays its part.

mod batches;
mod conversations;
mod downloads;
mod kit;
mod lists;
mod requests;
mod streams;
mod tools;
mod uploads;
