//! A skill as one file: what travels and what must not.
//!
//! Packing leaves out debris and refuses what must not travel, and says so; the same folder gives the same bytes.
//! Unpacking gives a folder that was checked, or nothing. This crate never runs anything from a skill.
