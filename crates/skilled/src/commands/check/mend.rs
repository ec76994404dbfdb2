//! `--fix`: shows what is repaired, asks, and repairs.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::ops::ControlFlow;
use std::process::ExitCode;

use similar::TextDiff;
use skilled_lint::search::{self, Target};
use skilled_lint::{FileFix, check_all};
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

/// Repairs what can be repaired. Returns the exit code where it ends there; else what remains is to be checked.
pub(super) fn mend(args: &CheckArgs, plan: &Plan) -> Result<Option<ExitCode>> {
    let incomplete = Cell::new(false);
    let (broken, repairs, totals) = propose(args, plan, &incomplete)?;
    if args.dry_run {
        printer::note(&format!("{} would be repaired; nothing was changed", count(repairs, "file")));
        return Ok(Some(totals.exit_code(incomplete.get())));
    }
    if broken.is_empty() {
        return Ok(None);
    }
    if !args.yes && io::stdin().is_terminal() && printer::is_watched() && !is_agreed(repairs)? {
        printer::note("nothing was changed");
        return Ok(Some(totals.exit_code(incomplete.get())));
    }
    let mut repaired = 0;
    for target in &broken {
        for (subject, fixes) in repairs_of(target, plan).1 {
            for fix in &fixes {
                match skilled_lint::apply(&subject.folder, fix) {
                    Ok(()) => repaired += 1,
                    // What is left as it is, is found again by the check that follows.
                    Err(error) => printer::error(&Error::about(Kind::Job, &error)),
                }
            }
        }
    }
    printer::note(&format!("{} repaired", count(repaired, "file")));
    Ok(None)
}

/// Shows every repair. Returns where there are some, how many, and what the check says as things are.
fn propose(args: &CheckArgs, plan: &Plan, incomplete: &Cell<bool>) -> Result<(Vec<Target>, usize, Totals)> {
    let targets = search::find(&args.paths, &plan.search).or_kind(Kind::Usage)?;
    let targets = targets.filter_map(|target| told(target, incomplete));
    let (mut broken, mut repairs, mut totals) = (Vec::new(), 0, Totals::default());
    let work = |target: Target| {
        let (outcomes, fixes) = repairs_of(&target, plan);
        let fixes: Vec<(String, FileFix)> = fixes
            .into_iter()
            .flat_map(|(subject, fixes)| {
                fixes.into_iter().map(move |fix| (joined(&subject.path, &fix.file), fix))
            })
            .collect();
        (target, outcomes, fixes)
    };
    check_all(targets, plan.threads, work, |(target, outcomes, fixes)| {
        for outcome in &outcomes {
            totals.add(outcome);
        }
        for (path, fix) in &fixes {
            show(args, path, fix);
        }
        repairs += fixes.len();
        if !fixes.is_empty() {
            broken.push(target);
        }
        ControlFlow::Continue(())
    });
    Ok((broken, repairs, totals))
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
