//! `--fix`: shows what is repaired, asks, and repairs.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use similar::TextDiff;
use skilled_format::{Folder, Limits};
use skilled_lint::search::{self, Target};
use skilled_lint::{ApplyError, FileFix, check_all};
use skilled_report::{Colour, visible};

use super::outcome::{Outcome, Totals};
use super::settings::Plan;
use super::{CheckArgs, told};
use crate::error::{Error, Kind, OrKind, Result};
use crate::printer;
use crate::report::Format;
use crate::screen::count;
use crate::subjects::{self, Subject, joined};

/// Longest answer to a question, in bytes.
const LONGEST_ANSWER: u64 = 1024;

/// How repairing ends.
pub(super) enum Mended {
    /// Nothing was to be written: the command is done.
    Ended(ExitCode),
    /// What remains is to be checked.
    Written {
        /// Whether every repair was.
        all: bool,
    },
}

/// What was shown: exactly this is written.
struct Proposal {
    /// The folder of the skill.
    folder: PathBuf,
    fix: FileFix,
}

/// Shows what can be repaired, and repairs it when that is agreed to.
pub(super) fn mend(args: &CheckArgs, plan: &Plan) -> Result<Mended> {
    let incomplete = Cell::new(false);
    let (proposals, totals) = propose(args, plan, &incomplete)?;
    let repairs = proposals.len();
    if args.dry_run {
        printer::note(&format!("{} would be repaired; nothing was changed", count(repairs, "file")));
        return Ok(Mended::Ended(totals.exit_code(incomplete.get())));
    }
    if proposals.is_empty() {
        return Ok(Mended::Written { all: true });
    }
    if !args.yes && io::stdin().is_terminal() && printer::is_watched() && !is_agreed(repairs)? {
        printer::note("nothing was changed");
        return Ok(Mended::Ended(totals.exit_code(incomplete.get())));
    }
    let mut repaired = 0;
    for of_folder in proposals.chunk_by(|a, b| a.folder == b.folder) {
        repaired += write(of_folder);
    }
    printer::note(&format!("{} repaired", count(repaired, "file")));
    Ok(Mended::Written { all: repaired == repairs })
}

/// Writes the repairs of one folder, says which could not be written, and returns how many were.
fn write(proposals: &[Proposal]) -> usize {
    let Some(first) = proposals.first() else { return 0 };
    let folder = match Folder::open(&first.folder, &Limits::default()) {
        Ok(folder) => folder,
        Err(error) => {
            printer::error(&Error::about(Kind::Job, &error));
            return 0;
        }
    };
    let written = |proposal: &&Proposal| {
        let told = |error: &ApplyError| printer::error(&Error::about(Kind::Job, error));
        skilled_lint::apply(&folder, &proposal.fix).inspect_err(told).is_ok()
    };
    proposals.iter().filter(written).count()
}

/// Shows every repair. Returns them, and what the check says as things are.
fn propose(args: &CheckArgs, plan: &Plan, incomplete: &Cell<bool>) -> Result<(Vec<Proposal>, Totals)> {
    let targets = search::find(&args.paths, &plan.search).or_kind(Kind::Usage)?;
    let targets = targets.filter_map(|target| told(target, incomplete));
    let (mut proposals, mut totals) = (Vec::new(), Totals::default());
    // A skill may be given twice; a second repair would meet what the first one made.
    let mut seen = HashSet::new();
    let work = |target: Target| {
        let (outcomes, fixes) = repairs_of(&target, plan);
        let proposal = |(subject, fixes): (Subject, Vec<FileFix>)| {
            let folder = subject.folder.path().to_owned();
            let of = move |fix: FileFix| {
                (joined(&subject.path, &fix.file), Proposal { folder: folder.clone(), fix })
            };
            fixes.into_iter().map(of).collect::<Vec<_>>()
        };
        (outcomes, fixes.into_iter().flat_map(proposal).collect::<Vec<_>>())
    };
    check_all(targets, plan.threads, work, |(outcomes, found)| {
        for outcome in &outcomes {
            totals.add(outcome);
        }
        for (path, proposal) in found {
            if seen.insert((proposal.folder.clone(), proposal.fix.file.clone())) {
                show(args, &path, &proposal.fix);
                proposals.push(proposal);
            }
        }
        ControlFlow::Continue(())
    });
    Ok((proposals, totals))
}

/// What is said of a target, and what can be repaired there. What is in an archive cannot.
fn repairs_of(target: &Target, plan: &Plan) -> (Vec<Outcome>, Vec<(Subject, Vec<FileFix>)>) {
    if matches!(target, Target::Archive(_)) {
        return (super::outcome::of(target, plan, false), Vec::new());
    }
    match subjects::open(target) {
        Ok(opened) => {
            let mut outcomes = Vec::new();
            let mut fixes = Vec::new();
            for subject in opened.subjects {
                let outcome = Outcome::new(&subject, plan, false);
                let found = skilled_lint::fix(&subject.folder, outcome.checked());
                outcomes.push(outcome);
                fixes.push((subject, found));
            }
            (outcomes, fixes)
        }
        Err(refused) => (vec![Outcome::refused(&refused)], Vec::new()),
    }
}

/// Shows a repair as a unified diff: on standard output, unless that is for a script.
fn show(args: &CheckArgs, path: &str, fix: &FileFix) {
    let text = diff(path, fix, args.output.look().colour);
    match args.output.format() {
        Format::Text => printer::data(&text),
        Format::Json | Format::Sarif | Format::Github => printer::part(&text),
    }
}

fn diff(path: &str, fix: &FileFix, colour: Colour) -> String {
    let path = visible(path);
    let mut out = String::new();
    if fix.before != fix.after {
        let changes = TextDiff::from_lines(&fix.before, &fix.after);
        let unified = changes.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string();
        for line in unified.split_terminator('\n') {
            let style = match line.as_bytes().first() {
                Some(b'+') => "\x1b[32m",
                Some(b'-') => "\x1b[31m",
                Some(b'@') => "\x1b[36m",
                _ => "",
            };
            // What a repair takes away is often what cannot be seen.
            let shown = line.split('\t').map(visible).collect::<Vec<_>>().join("\t");
            // Writing to a string cannot fail.
            let _ = match colour {
                Colour::Ansi if !style.is_empty() => writeln!(out, "{style}{shown}\x1b[0m"),
                Colour::Ansi | Colour::Plain => writeln!(out, "{shown}"),
            };
        }
    }
    if fix.make_executable {
        let _ = writeln!(out, "make executable: {path}");
    }
    let _ = writeln!(out, "# repairs {}\n", fix.codes.join(", "));
    out
}

/// Asks on the terminal. Anything but yes is no.
fn is_agreed(repairs: usize) -> Result<bool> {
    printer::part(&format!("Repair {}? [y/N] ", count(repairs, "file")));
    let mut answer = String::new();
    let mut input = io::stdin().lock().take(LONGEST_ANSWER);
    input.read_line(&mut answer).or_kind_in(Kind::Job, || "cannot read the answer".to_owned())?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_shown_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let proposal = |file: &str| Proposal {
            folder: dir.path().to_owned(),
            fix: FileFix {
                file: file.to_owned(),
                before: "a\r\n".to_owned(),
                after: "a\n".to_owned(),
                make_executable: false,
                codes: vec!["crlf"],
            },
        };
        std::fs::write(dir.path().join("same.md"), "a\r\n").unwrap();
        // Since it was shown there is something else to repair.
        std::fs::write(dir.path().join("changed.md"), "b\r\n").unwrap();
        assert_eq!(write(&[proposal("changed.md"), proposal("same.md")]), 1);
        assert_eq!(std::fs::read_to_string(dir.path().join("same.md")).unwrap(), "a\n");
        assert_eq!(std::fs::read_to_string(dir.path().join("changed.md")).unwrap(), "b\r\n");
    }

    #[test]
    fn a_diff_shows_what_cannot_be_seen() {
        let fix = FileFix {
            file: "SKILL.md".to_owned(),
            before: "a\u{200b}\r\nb\n".to_owned(),
            after: "a\nb\n".to_owned(),
            make_executable: true,
            codes: vec!["crlf", "hidden"],
        };
        let expected = "\
--- a/x\\u{1b}/SKILL.md
+++ b/x\\u{1b}/SKILL.md
@@ -1,2 +1,2 @@
-a\\u{200b}\\r
+a
 b
make executable: x\\u{1b}/SKILL.md
# repairs crlf, hidden

";
        assert_eq!(diff("x\x1b/SKILL.md", &fix, Colour::Plain), expected);
        assert!(diff("x", &fix, Colour::Ansi).contains("\x1b[31m-a\\u{200b}\\r\x1b[0m\n\x1b[32m+a\x1b[0m\n"));
    }
}
