//! Where skills come from.
//!
//! [`discover`] finds the skills at the paths a user names, [`find`] one by its name in the [`standard_scopes`].
//! [`Store`] keeps snapshots of them by content: a session works on what its skills were when it began, whatever happens
//! to their sources.
//!
//! This crate must never run anything from a skill, and reads and writes only below the paths it is given. It blocks:
//! call it from a thread that may.
//!
//! ```no_run
//! use skilled_registry::{Limits, Store, discover};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let discovery = discover(&["skills".into()], &Limits::default());
//! for error in &discovery.errors {
//!     eprintln!("{error}");
//! }
//! let store = Store::open("/var/lib/skilled".as_ref())?;
//! for skill in &discovery.skills {
//!     println!("{} is {}", skill.name, store.snapshot(skill)?.digest);
//! }
//! # Ok(())
//! # }
//! ```

mod discovery;
mod problem;
mod scopes;
mod store;

pub use discovery::{Discovery, FoundSkill, Limits, discover};
pub use problem::{Diagnostic, Error, NotLoadable};
pub use scopes::{Located, Owner, Scope, Search, find, standard_scopes};
pub use store::{Snapshot, Store, StoreError};
