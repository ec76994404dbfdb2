//! What is written is what clients read.

mod objects;
