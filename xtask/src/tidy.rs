//! `cargo xtask tidy`: the rules of this workspace that no compiler and no lint checks.
//!
//! The same checks run as a test of this crate, so that `cargo test` alone fails where a rule is broken. Each
//! rule is one function over text, tried on a bad sample beside it.

mod architecture;
mod layout;
mod links;
mod size;
mod source;
mod text;
mod unsafety;

use std::fmt;
use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::tidy::source::Source;
use crate::workspace::Workspace;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    /// A file or folder, relative to the root.
    file: String,
    /// Counted from 1; 0 where the problem is the whole file.
    line: usize,
    /// What is wrong and what to do about it.
    message: String,
}

impl Problem {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

pub(crate) fn run(workspace: &Workspace, args: Args) -> Result<ExitCode> {
    args.finish()?;
    check(workspace)?;
    println!("tidy: nothing to mend");
    Ok(ExitCode::SUCCESS)
}

/// Prints each place where a rule is broken; any is an error.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let problems = problems(workspace)?;
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} places break a rule of this workspace", problems.len());
    }
    Ok(())
}

/// Everything that breaks a rule, in the order of the files.
fn problems(workspace: &Workspace) -> Result<Vec<Problem>> {
    let files = workspace.files()?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let metadata = workspace.metadata()?;
    let mut problems = layout::check_names(&names);
    problems.extend(layout::check_packages(&metadata.packages));
    problems.extend(architecture::check_direction(&metadata.packages));
    problems.extend(layout::check_licences(|name| fs::read_to_string(workspace.path(name)).ok()));
    let map = fs::read_to_string(workspace.path(architecture::MAP)).unwrap_or_default();
    problems.extend(architecture::check_map(&metadata.packages, &map));

    for file in files.iter().filter(|file| text::is_text(&file.name)) {
        let bytes = fs::read(&file.path).with_context(|| format!("cannot read {}", file.path.display()))?;
        let Ok(text) = String::from_utf8(bytes) else {
            if !text::is_sample(&file.name) {
                problems.push(Problem::new(&file.name, 0, "is not UTF-8"));
            }
            continue;
        };
        problems.extend(check_text(&file.name, &text, &names));
    }
    problems.sort();
    Ok(problems)
}

/// The rules for one file; `names` are the files a link may lead to.
fn check_text(name: &str, text: &str, names: &[&str]) -> Vec<Problem> {
    let mut problems = text::check_paths(name, text);
    if !text::is_sample(name) {
        problems.extend(text::check_bytes(name, text));
        problems.extend(text::check_notes(name, text));
    }
    if text::ending(name) == "md" && !text::is_sample(name) {
        problems.extend(links::check(name, text, names));
    }
    if name.ends_with("Cargo.toml") {
        problems.extend(layout::check_lints(name, text));
    }
    if text::ending(name) == "rs" && !text::is_sample(name) {
        let source = Source::new(text);
        problems.extend(layout::check_opening(name, text));
        problems.extend(size::check(name, &source));
        problems.extend(unsafety::check(name, &source));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_is_tidy() {
        let problems = problems(&Workspace::locate().unwrap()).unwrap();
        let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "to mend:\n{}", list.join("\n"));
    }

    #[test]
    fn every_rule_for_a_file_is_asked() {
        let long = "fn f() {\n".to_owned() + &"    g();\n".repeat(900) + "}\n";
        let bad = format!("use x; \nunsafe {{ y() }} // {} z\n/{}/x\n{long}", "TO\u{44}O", "root");
        let found = check_text("crates/skilled-format/src/lib.rs", &bad, &[]);
        let messages = found.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("\n");
        for part in ["space at the end", "machine", "owner", "//!", "unsafe", "file has", "function"] {
            assert!(messages.contains(part), "no `{part}` in:\n{messages}");
        }
        let found = check_text("docs/a.md", "[x](missing.md)\n", &["docs/a.md"]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
