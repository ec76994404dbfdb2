//! A loaded skill.

use std::ops::Range;

use crate::{Mapping, MountName, NameError, Value};

/// What SKILL.md says, read leniently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// The `name` field, or the folder name when there is none. Data, never a path: see
    /// [`Skill::mount_name`].
    pub name: String,
    /// What the skill does and when to use it; never empty, without surrounding white space.
    pub description: String,
    /// License name or bundled license file.
    pub license: Option<String>,
    /// Environment the skill needs, in words.
    pub compatibility: Option<String>,
    /// The `metadata` mapping; empty when absent or not a mapping.
    pub metadata: Mapping,
    /// Tools of `allowed-tools`, one each, such as `Bash(git *)`.
    pub allowed_tools: Vec<String>,
    /// Fields of other clients.
    pub extensions: Extensions,
    /// Fields nobody is known to use, and known ones whose value has the wrong type.
    pub unknown: Mapping,
    /// The Markdown after the front matter.
    pub body: String,
    /// Byte range of the body in SKILL.md.
    pub body_span: Range<usize>,
    /// Line of SKILL.md on which the body starts, from 1.
    pub body_line: usize,
}

impl Skill {
    /// Returns the name as a folder name.
    ///
    /// # Errors
    ///
    /// [`NameError`] when the name is not a single safe path component.
    pub fn mount_name(&self) -> Result<MountName, NameError> {
        MountName::new(&self.name)
    }
}

/// Fields that Claude Code and compatible clients define beside the specification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// `when_to_use`: shown after the description.
    pub when_to_use: Option<String>,
    /// `argument-hint`: what to type after the command.
    pub argument_hint: Option<String>,
    /// `arguments`: names of positional arguments.
    pub arguments: Vec<String>,
    /// `disable-model-invocation`: only the user can start the skill.
    pub disable_model_invocation: Option<bool>,
    /// `user-invocable`: false when only the model can start the skill.
    pub user_invocable: Option<bool>,
    /// `disallowed-tools`: tools taken away while the skill is active.
    pub disallowed_tools: Vec<String>,
    /// `model`: model to use while the skill is active.
    pub model: Option<String>,
    /// `effort`: reasoning effort while the skill is active.
    pub effort: Option<String>,
    /// `context`: where the skill runs.
    pub context: Option<Context>,
    /// `agent`: kind of sub-agent for [`Context::Fork`].
    pub agent: Option<String>,
    /// `background`: whether the sub-agent runs in the background.
    pub background: Option<bool>,
    /// `hooks`: commands around the life of the skill, as written.
    pub hooks: Option<Value>,
    /// `paths`: globs of files that make the skill relevant.
    pub paths: Vec<String>,
    /// `shell`: shell of the commands in the body.
    pub shell: Option<Shell>,
}

/// Where a skill runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Context {
    /// In a sub-agent of its own.
    Fork,
    /// A value this version does not know.
    Other(String),
}

/// Shell of the commands in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `bash`
    Bash,
    /// `powershell`
    PowerShell,
    /// A value this version does not know.
    Other(String),
}
