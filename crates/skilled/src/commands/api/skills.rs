//! `skilled api skills`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use skilled_client::skilled_wire::{Skill, SkillSourceType, SkillVersion};
use skilled_client::{LATEST, SkillFiles, Upload, safe_name};
use skilled_package::PackOptions;

use super::Door;
use super::failure::OrFailed as _;
use super::transfer::{self, Place};
use crate::error::{Error, Result};
use crate::printer;

#[derive(Debug, Subcommand)]
pub(super) enum SkillsCommand {
    /// Upload a new skill
    Create {
        #[command(flatten)]
        files: FilesArgs,
        /// What people call it [default: the name in SKILL.md]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
    },
    /// List skills, newest first
    Ls {
        /// Only those that were uploaded, or that come with the server
        #[arg(long, value_enum)]
        source: Option<SourceArg>,
    },
    /// Show a skill
    Show {
        #[arg(value_name = "ID")]
        skill: String,
    },
    /// Fetch a skill as a zip
    Download {
        #[arg(value_name = "ID")]
        skill: String,
        /// The version [default: the newest]
        #[arg(long, value_name = "ID")]
        version: Option<String>,
        /// Write this file; `-` is standard output [default: NAME.zip in the current folder]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Delete skills with all their versions
    Rm {
        #[arg(value_name = "ID", required = true)]
        skills: Vec<String>,
    },
    /// Versions of a skill
    #[command(subcommand)]
    Versions(VersionsCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum VersionsCommand {
    /// Upload a new version, whose SKILL.md has the same name
    Create {
        #[arg(value_name = "ID")]
        skill: String,
        #[command(flatten)]
        files: FilesArgs,
    },
    /// List the versions of a skill, newest first
    Ls {
        #[arg(value_name = "ID")]
        skill: String,
    },
    /// Show a version
    Show {
        #[arg(value_name = "ID")]
        skill: String,
        /// Its id, or latest
        #[arg(value_name = "VERSION")]
        version: String,
    },
    /// Delete versions
    Rm {
        #[arg(value_name = "ID")]
        skill: String,
        #[arg(value_name = "VERSION", required = true)]
        versions: Vec<String>,
    },
}

/// The files of a skill.
#[derive(Debug, Args)]
pub(super) struct FilesArgs {
    /// The skill's folder, which is packed as `skilled pack` does it, or its zip
    #[arg(value_name = "DIR|ZIP")]
    path: PathBuf,
    /// Leave out more files, as in .gitignore (repeatable)
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Let this file travel although something in it looks like a secret (repeatable)
    #[arg(long, value_name = "PATH")]
    allow_secret: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SourceArg {
    /// Uploaded
    Custom,
    /// With the server
    Anthropic,
}

impl FilesArgs {
    async fn files(&self, door: &Door) -> Result<SkillFiles> {
        if !self.path.is_dir() {
            if !self.path.exists() {
                return Err(Error::usage(format!("{} is not there", crate::screen::path(&self.path))));
            }
            return Ok(SkillFiles::archive(Upload::path(&self.path)).watched(transfer::progress()));
        }
        let options = PackOptions {
            exclude: self.exclude.clone(),
            allow_secrets: self.allow_secret.iter().cloned().collect::<BTreeSet<_>>(),
            ..PackOptions::default()
        };
        let packed = SkillFiles::packed(&self.path, options).await.or_failed(door)?;
        Ok(packed.watched(transfer::progress()))
    }
}

pub(super) async fn run(door: &Door, command: SkillsCommand) -> Result<ExitCode> {
    let skills = door.client.skills();
    match command {
        SkillsCommand::Create { files, display_name } => {
            let files = files.files(door).await?;
            let made = skills.create(files, display_name.as_deref()).await.or_failed(door)?;
            door.show(&made, row)?;
        }
        SkillsCommand::Ls { source } => {
            let source = source.map(|source| match source {
                SourceArg::Custom => SkillSourceType::Custom,
                SourceArg::Anthropic => SkillSourceType::Anthropic,
            });
            let mut pages = skills.list(source).or_failed(door)?;
            while let Some(skill) = pages.next().await {
                door.show(&skill.or_failed(door)?, row)?;
            }
        }
        SkillsCommand::Show { skill } => {
            let found = skills.retrieve(&skill).await.or_failed(door)?;
            door.show(&found, row)?;
        }
        SkillsCommand::Download { skill, version, output, force } => {
            let versions = skills.versions(&skill);
            // Asked for first: not every server has the content of `latest`.
            let found = versions.retrieve(version.as_deref().unwrap_or(LATEST)).await.or_failed(door)?;
            let output = output.unwrap_or_else(|| Path::new(&safe_name(&found.name)).with_extension("zip"));
            let download = versions.download(&found.id).await.or_failed(door)?;
            let place = Place::of(&output);
            if let Some(saved) = transfer::deliver(door, download, &found.id, place, force).await? {
                transfer::said(&saved);
            }
        }
        SkillsCommand::Rm { skills: ids } => {
            for id in ids {
                let gone = skills.delete(&id).await.or_failed(door)?;
                door.deleted(&gone, &id)?;
            }
        }
        SkillsCommand::Versions(command) => return run_versions(door, command).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_versions(door: &Door, command: VersionsCommand) -> Result<ExitCode> {
    let skills = door.client.skills();
    match command {
        VersionsCommand::Create { skill, files } => {
            let files = files.files(door).await?;
            let made = skills.versions(&skill).create(files).await.or_failed(door)?;
            door.show(&made, version_row)?;
        }
        VersionsCommand::Ls { skill } => {
            let mut pages = skills.versions(&skill).list().or_failed(door)?;
            while let Some(version) = pages.next().await {
                door.show(&version.or_failed(door)?, version_row)?;
            }
        }
        VersionsCommand::Show { skill, version } => {
            let found = skills.versions(&skill).retrieve(&version).await.or_failed(door)?;
            door.show(&found, version_row)?;
        }
        VersionsCommand::Rm { skill, versions } => {
            for version in versions {
                let gone = skills.versions(&skill).delete(&version).await.or_failed(door)?;
                door.deleted(&gone, &version)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(skill: &Skill) -> String {
    let source = match skill.source.kind() {
        SkillSourceType::Custom => "custom",
        SkillSourceType::Anthropic => "anthropic",
        SkillSourceType::AnthropicExample => "anthropic_example",
        SkillSourceType::Plugin => "plugin",
    };
    let name = line(&skill.display_name);
    format!("{:<32} {source:<9}  {}  {name}", skill.id, skill.latest_version_id)
}

fn version_row(version: &SkillVersion) -> String {
    format!("{:<32} {}  {}", version.id, version.created_at, line(&version.name))
}

/// A text of somebody else on one line.
fn line(text: &str) -> String {
    printer::tame(text).replace(['\n', '\t'], " ")
}
