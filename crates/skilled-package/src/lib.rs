//! A skill as one file: what travels and what must not.
//!
//! [`plan()`] decides, and says, what of a folder goes into a package, what is left out and why, and refuses what must not
//! travel, with every reason at once. [`pack()`] writes it: the same folder gives the same bytes. [`unpack()`] gives a folder
//! that was checked, or nothing; [`open()`] lays an archive out so that its skills can be looked at. This crate never runs
//! anything from a skill.
//!
//! ```
//! use std::fs::File;
//!
//! use skilled_package::{Destination, Existing, Format, PackOptions, UnpackOptions};
//!
//! # let place = tempfile::tempdir()?;
//! # let folder = place.path().join("pdf");
//! # std::fs::create_dir(&folder)?;
//! # std::fs::write(folder.join("SKILL.md"), "---\nname: pdf\ndescription: Fill forms.\n---\n")?;
//! let plan = skilled_package::plan(&folder, &PackOptions::default())?;
//! let file = place.path().join("pdf.skill");
//! let packed = skilled_package::pack_to(&plan, &file, Format::Zip, Existing::Refuse)?;
//!
//! let copies = place.path().join("copies");
//! std::fs::create_dir(&copies)?;
//! let unpacked =
//!     skilled_package::unpack(File::open(&file)?, Destination::Under(&copies), &UnpackOptions::default())?;
//! assert_eq!(unpacked.path, copies.join("pdf"));
//! assert_eq!(unpacked.digest, packed.digest);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod exclude;
mod layout;
mod links;
mod open;
mod pack;
mod parents;
mod plan;
mod problem;
mod refuse;
mod secret_files;
mod stop;
mod unpack;

pub use skilled_archive::{Entry, EntryKind, Existing, Format, Limits, without_temporary_name};

pub use self::exclude::{LeftOut, Reason};
pub use self::open::{Opened, OpenedSkill, contents, open};
pub use self::pack::{Packed, pack, pack_to};
pub use self::plan::{CopiedLink, PackOptions, Plan, Planned, plan};
pub use self::problem::{PackError, Problem, UnpackError};
pub use self::stop::Stop;
pub use self::unpack::{Destination, UnpackOptions, Unpacked, unpack};
