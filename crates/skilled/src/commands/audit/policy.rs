//! What blocks. Nothing inside of what is audited has a say in that.

use std::path::{Path, PathBuf};

use skilled_audit::{Finding, Policy, Ruling, Severity};

use super::AuditArgs;
use crate::config::{Layered, Settings};
use crate::error::Result;
use crate::printer;
use crate::screen;

/// The policy in force, today.
pub(super) struct Judge {
    policy: Policy,
    today: String,
}

impl Judge {
    /// Takes the file that was named, or else the settings of files outside of what is audited.
    pub(super) fn new(args: &AuditArgs, settings: &Settings) -> Result<Self> {
        let layered = match &args.policy {
            Some(path) => Layered::read(path)?,
            None => of_settings(&args.paths, settings),
        };
        layered.validate()?;
        let mut policy = layered.policy;
        if let Some(grade) = args.block {
            let least = Severity::from(grade);
            policy.block = Severity::ALL.into_iter().filter(|severity| *severity >= least).collect();
        }
        Ok(Self { policy, today: jiff::Zoned::now().date().to_string() })
    }

    pub(super) fn ruling(&self, finding: &Finding) -> Ruling<'_> {
        self.policy.ruling(finding, &self.today)
    }
}

fn of_settings(paths: &[PathBuf], settings: &Settings) -> Layered {
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
    warn_of_own_rules(&audited, settings, is_trusted);
    policy
}

/// Whoever clones a project and audits what is in it should know that the project has a say.
fn warn_of_own_rules(audited: &[PathBuf], settings: &Settings, is_trusted: impl Fn(&Path) -> bool) {
    for file in settings.audit.files().filter(|file| is_trusted(file)) {
        let project = file.canonicalize().ok().and_then(|file| file.parent().map(Path::to_owned));
        if project.is_some_and(|project| audited.iter().any(|audited| audited.starts_with(&project))) {
            let shown = screen::path(file);
            printer::warning(
                &format!("the policy in {shown} is used, which lies in the same project as what is audited"),
                Some("if the project is not yours, name your own policy with --policy FILE"),
            );
        }
    }
}

/// The folder that an audited path stands for.
fn place(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let is_skill_file =
        real.file_name().is_some_and(|name| name.eq_ignore_ascii_case(skilled_format::SKILL_FILE));
    if is_skill_file { real.parent().map(Path::to_owned) } else { Some(real) }
}
