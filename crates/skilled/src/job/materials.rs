//! What a job brings along: skills and files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use skilled_agent::{SkillRecord, Warning};
use skilled_disclosure::{Budget, ListedSkill, Section, section};
use skilled_registry::{Limits, Store, discover};
use skilled_sandbox::{Layout, SkillMount};

use crate::error::{Error, Kind, OrKind, Result};

/// Skills of one run (the hosted service takes 8).
const MOST_SKILLS: usize = 20;

/// The skills of a run: snapshots, and what the model is told of them.
#[derive(Debug, Default)]
pub(crate) struct Materials {
    skills: Vec<Skill>,
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Debug)]
struct Skill {
    record: SkillRecord,
    description: String,
    snapshot: PathBuf,
}

/// A file for the model.
#[derive(Debug)]
pub(crate) struct Upload {
    source: PathBuf,
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

impl Materials {
    /// Finds the skills at `paths` and takes snapshots of them. Every path must give at least one.
    pub(crate) fn gather(paths: &[PathBuf], data: &Path) -> Result<Self> {
        if paths.is_empty() {
            return Ok(Self::default());
        }
        let found = discover(paths, &Limits::default());
        let mut warnings: Vec<Warning> =
            found.diagnostics.iter().map(|it| Warning::new("skills", it.to_string())).collect();
        let mut errors = found.errors.into_iter();
        if let Some(error) = errors.next() {
            // The reasons why skills of a folder do not load are diagnostics.
            let hints = errors.map(|error| error.to_string()).chain(warnings.drain(..).map(|it| it.message));
            return Err(hints.fold(Error::new(Kind::Usage, error), Error::hint));
        }
        if found.skills.len() > MOST_SKILLS {
            return Err(Error::usage(format!("{} skills are too many for one run", found.skills.len()))
                .hint(format!("a run takes up to {MOST_SKILLS}: name the folders of those that it needs")));
        }
        let store = Store::open(data).or_kind(Kind::Job)?;
        let mut skills = Vec::new();
        for skill in &found.skills {
            for finding in &skill.findings {
                // As findings print themselves, without their severity: this is a warning whatever it is.
                let (line, column) = (finding.line, finding.column);
                let place = format!("{} of the skill {}, {line}:{column}", finding.file, skill.name);
                let text = format!("{place}: {} [{}]", finding.message, finding.code);
                warnings.push(Warning::new("skill_finding", text).with_help(finding.help));
            }
            let snapshot = store.snapshot(skill).or_kind(Kind::Job)?;
            let record = SkillRecord {
                name: snapshot.name.to_string(),
                digest: snapshot.digest.to_string(),
                source: skill.path.display().to_string(),
            };
            let description = skill.skill.description.clone();
            skills.push(Skill { record, description, snapshot: snapshot.path });
        }
        Ok(Self { skills, warnings })
    }

    /// The skills of a run that is resumed: the snapshots it began with.
    pub(crate) fn of_run(records: &[SkillRecord], data: &Path) -> Result<Self> {
        let mut skills = Vec::new();
        for record in records {
            let hex = record.digest.trim_start_matches("sha256:");
            let snapshot = data.join("skills/sha256").join(hex);
            if !snapshot.is_dir() {
                return Err(Error::usage(format!("the snapshot of the skill {} is gone", record.name))
                    .hint(format!("it was {}, from {}", record.digest, record.source)));
            }
            skills.push(Skill { record: record.clone(), description: String::new(), snapshot });
        }
        Ok(Self { skills, warnings: Vec::new() })
    }

    pub(crate) fn mounts(&self) -> Vec<SkillMount> {
        let mount =
            |skill: &Skill| SkillMount { name: skill.record.name.clone(), snapshot: skill.snapshot.clone() };
        self.skills.iter().map(mount).collect()
    }

    pub(crate) fn records(&self) -> Vec<SkillRecord> {
        self.skills.iter().map(|skill| skill.record.clone()).collect()
    }

    /// The catalogue, within its budget, and what did not fit.
    pub(crate) fn section(&self, layout: &Layout, context: u64) -> (Option<Section>, Vec<Warning>) {
        let listed: Vec<ListedSkill> = self
            .skills
            .iter()
            .map(|skill| ListedSkill {
                name: skill.record.name.clone(),
                description: skill.description.clone(),
                location: format!("{}/{}/SKILL.md", layout.skills, skill.record.name),
            })
            .collect();
        let section = section(&listed, Budget::for_context(Some(context)));
        let cut = section.iter().flat_map(|section| &section.diagnostics);
        let warnings = cut.map(|it| Warning::new("catalogue", it.to_string())).collect();
        (section, warnings)
    }
}

/// Checks that every file can be read and has a name of its own.
pub(crate) fn check_files(paths: &[PathBuf]) -> Result<Vec<Upload>> {
    let mut names: BTreeMap<String, &Path> = BTreeMap::new();
    let mut uploads = Vec::new();
    for path in paths {
        let cannot = || format!("cannot read {}", path.display());
        // Asked before it is opened: opening a pipe waits for its other end.
        let metadata = fs::metadata(path)
            .and_then(|found| if found.is_file() { fs::File::open(path)?.metadata() } else { Ok(found) })
            .or_kind_in(Kind::Usage, cannot)
            .map_err(|error| error.hint("check the path and the permissions of what --file names"))?;
        if !metadata.is_file() {
            return Err(Error::usage(format!("{} is not a regular file", path.display()))
                .hint("give the files of a folder one by one, or an archive of it"));
        }
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned).ok_or_else(|| {
            Error::usage(format!("the name of {} is not UTF-8", path.display())).hint("rename it")
        })?;
        if let Some(other) = names.insert(name.clone(), path) {
            return Err(Error::usage(format!(
                "{} and {} have the same name",
                other.display(),
                path.display()
            ))
            .hint("the model sees files by their names alone: rename one"));
        }
        uploads.push(Upload { source: path.clone(), name, bytes: metadata.len() });
    }
    Ok(uploads)
}

/// Copies the files into the session.
pub(crate) fn place_files(uploads: &[Upload], session: &Path) -> Result<()> {
    let folder = session.join("uploads");
    fs::create_dir_all(&folder).or_kind(Kind::Job)?;
    // The sandbox may run as another user.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).or_kind(Kind::Job)?;
    for upload in uploads {
        let target = folder.join(&upload.name);
        fs::copy(&upload.source, &target)
            .and_then(|_| fs::set_permissions(&target, fs::Permissions::from_mode(0o644)))
            .or_kind_in(Kind::Job, || format!("cannot copy {} into the session", upload.source.display()))?;
    }
    Ok(())
}
