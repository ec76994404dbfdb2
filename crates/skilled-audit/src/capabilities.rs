//! What a skill needs, as far as its files tell.

mod code;
mod command;
mod config;
mod hosts;
mod imports;
mod install;
mod names;
mod needs;
mod shell;

use std::collections::BTreeMap;

pub(crate) use self::needs::of;

/// Where a need shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The file, relative to the skill folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// Things needed, each with the first places where that shows, in the order of the names.
pub type Needed = BTreeMap<String, Vec<Evidence>>;

/// What a skill needs to do its work, as data that a runtime can enforce. It is what can be read off the files: a program
/// that computes the name of a host is not seen through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Network hosts that scripts and commands contact, lower case, without port; `*` for ones that are computed. Hosts
    /// that are merely mentioned in prose are not here.
    pub hosts: Needed,
    /// Programs that are run, by name without folder.
    pub commands: Needed,
    /// Paths outside the workspace and the skill that are read or written, as written, `~` for the home folder.
    pub files: Needed,
    /// Environment variables that are read, as far as they look like secrets (`OPENAI_API_KEY`).
    pub secrets: Needed,
    /// Packages that are installed or imported from a registry: `pypi:requests`, `npm:left-pad@1.3.0`.
    pub packages: Needed,
    /// Tools of the client it asks for: `allowed-tools` as written, one each.
    pub tools: Needed,
    /// What runs without the model asking for it: hooks, injected commands (`` !`cmd` ``), MCP servers.
    pub automatic: Needed,
}
