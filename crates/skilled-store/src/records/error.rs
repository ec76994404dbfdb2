//! What can go wrong with records.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// Why the records could not be read or changed. Where it says so, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing in this workspace. Nothing was changed.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// What was looked for.
        what: Noun,
        /// Its id, or what else it was looked for by.
        id: String,
    },
    /// There is one with this id, or this unique name, already. Nothing was changed.
    #[error("there is a {what} {id:?} already")]
    Exists {
        /// What it is.
        what: Noun,
        /// Its id or its name.
        id: String,
    },
    /// Another skill of the workspace has this display name, and names were demanded to be unique. Nothing was changed.
    #[error("another skill has the display name {name:?}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A version's name is not that of its skill, which the first version fixed. Nothing was changed.
    #[error("the version is called {given:?}, but its skill is {slug:?} and keeps its name")]
    OtherSlug {
        /// The name of the skill.
        slug: String,
        /// The name of the version.
        given: String,
    },
    /// A skill still has versions. Nothing was changed.
    #[error("the skill {skill} still has versions, {versions} of them: delete these first")]
    HasVersions {
        /// The skill.
        skill: String,
        /// How many versions it has.
        versions: u64,
    },
    /// The only version of a skill cannot be deleted. Nothing was changed.
    #[error("this is the last version of the skill {skill}: delete the skill")]
    LastVersion {
        /// The skill.
        skill: String,
    },
    /// The workspace's files would take more room than it may use. Nothing was changed.
    #[error("the file has {wanted} bytes, and the workspace uses {used} of its {limit} bytes already")]
    Quota {
        /// How many bytes all files of the workspace may have together.
        limit: u64,
        /// How many they have.
        used: u64,
        /// How many more were wanted.
        wanted: u64,
    },
    /// Two requests of one batch have the same `custom_id`. Nothing was changed.
    #[error("two requests of the batch have the custom_id {custom_id:?}")]
    DuplicateCustomId {
        /// The id.
        custom_id: String,
    },
    /// More was given at once than one call takes, or nothing where something is needed. Nothing was changed.
    #[error("{given} given at once, which is none or more than {limit}")]
    BadCount {
        /// How many there were.
        given: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A batch has not ended yet, so that it cannot be deleted. Nothing was changed.
    #[error("the batch {batch} has not ended: cancel it first, or wait")]
    NotEnded {
        /// The batch.
        batch: String,
    },
    /// A batch has ended already, so that it cannot be canceled. Nothing was changed.
    #[error("the batch {batch} has ended already")]
    Ended {
        /// The batch.
        batch: String,
    },
    /// The lease of who wants to finish something has run out, or was never theirs. Nothing was changed.
    #[error("{holder:?} does not hold the {what} {id:?} any more")]
    NotHeld {
        /// What it is.
        what: Noun,
        /// Its id.
        id: String,
        /// Who said they held it.
        holder: String,
    },
    /// A cursor was not made by this store, or for another list.
    #[error("the page cursor was not made by this list")]
    BadCursor,
    /// A page of no items, or of more than a page may have.
    #[error("a page has 1 to {max} items, not {given}")]
    BadLimit {
        /// How many were asked for.
        given: u32,
        /// How many there may be.
        max: u32,
    },
    /// The store was written by a newer program. Nothing was changed.
    #[error(
        "{} has records of schema {found}, and this program knows schemas up to {known}: use the program that wrote \
         them, or a newer one", path.display()
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// The schema that was found.
        found: u32,
        /// The newest one known.
        known: u32,
    },
    /// The store is older than this program, and was opened without the right to change its schema.
    #[error("{} has records of schema {found}, not {known}: start the server once, it upgrades them", path.display())]
    Older {
        /// The store.
        path: PathBuf,
        /// The schema that was found.
        found: u32,
        /// The schema needed.
        known: u32,
    },
    /// A file is a database, but not one of records.
    #[error("{} is a database of something else", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A row holds what this program never writes.
    #[error("a record of the kind {what} is damaged: {column} holds {value:?}")]
    Damaged {
        /// What it is.
        what: Noun,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// The database failed: a full disk, a file that cannot be read, another process that keeps it locked.
    #[error("cannot {action}")]
    Database {
        /// What was tried.
        action: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Noun {
    /// A workspace.
    Workspace,
    /// A key to the API.
    Key,
    /// What was used by a key.
    Usage,
    /// A skill.
    Skill,
    /// A version of a skill.
    SkillVersion,
    /// A file.
    File,
    /// A container.
    Container,
    /// A thread of messages.
    Thread,
    /// A batch of requests.
    Batch,
    /// One request of a batch.
    BatchRequest,
    /// Something stored by content: a blob or the tree of a skill.
    Object,
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workspace => "workspace",
            Self::Key => "key",
            Self::Usage => "usage",
            Self::Skill => "skill",
            Self::SkillVersion => "skill version",
            Self::File => "file",
            Self::Container => "container",
            Self::Thread => "thread",
            Self::Batch => "batch",
            Self::BatchRequest => "batch request",
            Self::Object => "object",
        })
    }
}
