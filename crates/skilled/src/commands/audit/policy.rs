//! What blocks. Nothing inside of what is audited has a say in that.

use std::path::{Path, PathBuf};

use skilled_audit::{Finding, Severity};

use super::AuditArgs;
use crate::config::{Policy, Settings};
use crate::error::Result;
use crate::printer;
use crate::screen;

/// The policy in force.
pub(super) struct Ruling {
    least: Option<Severity>,
    allow: Vec<String>,
}

impl Ruling {
    /// Takes the file that was named, or else the settings of files outside of what is audited.
    pub(super) fn new(args: &AuditArgs, settings: &Settings) -> Result<Self> {
        let policy = match &args.policy {
            Some(path) => Policy::read(path)?,
            None => of_settings(&args.paths, settings),
        };
        policy.validate()?;
        let least = args.block.map_or(policy.block.value.least(), |grade| Some(grade.into()));
        Ok(Self { least, allow: policy.allow.value })
    }

    /// Whether a finding blocks its skill.
    pub(super) fn blocks(&self, finding: &Finding) -> bool {
        self.least.is_some_and(|least| finding.severity >= least)
            && !self.allow.iter().any(|code| code == finding.rule.rule.code)
    }
}

fn of_settings(paths: &[PathBuf], settings: &Settings) -> Policy {
    let audited: Vec<PathBuf> = paths.iter().filter_map(|path| place(path)).collect();
    // What cannot be told apart from what is audited is not trusted.
    let is_trusted = |file: &Path| {
        file.canonicalize().is_ok_and(|file| !audited.iter().any(|audited| file.starts_with(audited)))
    };
    let (policy, others) = settings.audit.policy(is_trusted);
    for file in others {
        let shown = screen::path(file);
        printer::warning(
            &format!("the policy in {shown} is not used: it lies in what is audited"),
            Some(&format!("if it is yours: --policy {}", screen::shell_word(file))),
        );
    }
    policy
}

/// The folder that an audited path stands for.
fn place(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let is_skill_file =
        real.file_name().is_some_and(|name| name.eq_ignore_ascii_case(skilled_format::SKILL_FILE));
    if is_skill_file { real.parent().map(Path::to_owned) } else { Some(real) }
}
