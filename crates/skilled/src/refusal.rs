//! Archives and folders that are refused: every reason, and what to do about each.

use serde_json::{Value as Json, json};
use skilled_package::Problem;

use crate::error::{Error, Kind};
use crate::view::escaped;

/// Reasons that are shown; the rest is counted.
const SHOWN: usize = 20;

/// An error with all reasons as its causes and their remedies as hints. Without reasons, `error` is the cause.
pub(crate) fn of(
    kind: Kind,
    headline: String,
    problems: &[Problem],
    error: impl Into<anyhow::Error>,
) -> Error {
    let shown = &problems[..problems.len().min(SHOWN)];
    let more = problems.len() - shown.len();
    let more = (more > 0).then(|| format!("{more} more like these"));
    // Paths and messages may quote what an archive or a folder calls its files.
    let reasons = shown.iter().map(|problem| escaped(&problem.to_string())).chain(more);
    let Some(chain) = chained(reasons.collect()) else {
        // Its texts may quote names of the archive.
        let error: anyhow::Error = error.into();
        let texts = std::iter::once(headline).chain(error.chain().map(|cause| escaped(&cause.to_string())));
        return Error::new(kind, chained(texts.collect()).unwrap_or(error));
    };
    let mut hints: Vec<String> = Vec::new();
    for help in shown.iter().map(|problem| escaped(&problem.help)) {
        if !help.is_empty() && !hints.contains(&help) {
            hints.push(help);
        }
    }
    hints.into_iter().fold(Error::new(kind, chain.context(headline)), Error::hint).because(problems.to_vec())
}

/// All reasons of an error, for programs.
pub(crate) fn json(error: &Error) -> Json {
    let reason = |problem: &Problem| {
        let Problem { code, path, line, message, help } = problem;
        json!({ "code": code, "path": path, "line": line, "message": message, "help": help })
    };
    error.reasons().iter().map(reason).collect()
}

/// What to say where a program may get more reasons than a person.
pub(crate) fn counted(error: Error) -> Error {
    match error.reasons().len() {
        0..=SHOWN => error,
        all => error.hint(format!("--json lists all {all} reasons")),
    }
}

/// Texts as a chain of causes, in their order.
fn chained(texts: Vec<String>) -> Option<anyhow::Error> {
    let mut texts = texts.into_iter().rev();
    let last = anyhow::Error::msg(texts.next()?);
    Some(texts.fold(last, anyhow::Error::context))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &str, help: &str) -> Problem {
        let (message, help) = ("leads out".to_owned(), help.to_owned());
        Problem { code: "package-x", path: path.to_owned(), line: None, message, help }
    }

    #[test]
    fn every_reason_is_said_and_every_remedy_once() {
        let problems = [problem("a", "Remove it."), problem("b", "Remove it."), problem("c", "Rename it.")];
        let error = of(Kind::Job, "refused".to_owned(), &problems, anyhow::anyhow!("unused"));
        let chain: Vec<String> = error.chain().collect();
        let expected =
            ["refused", "a: package-x: leads out", "b: package-x: leads out", "c: package-x: leads out"];
        assert_eq!(chain, expected);
        assert_eq!(error.hints(), ["Remove it.", "Rename it."]);
    }

    #[test]
    fn nothing_in_a_reason_is_hidden() {
        let problems = [problem("a\u{202e}\n\u{e0041}", "Remove \u{1b}[2J it.")];
        let error = of(Kind::Job, "refused".to_owned(), &problems, anyhow::anyhow!("unused"));
        assert_eq!(error.chain().nth(1).unwrap(), "a\\u{202e}⏎ \\u{e0041}: package-x: leads out");
        assert_eq!(error.hints(), ["Remove \\u{1b}[2J it."]);
    }

    #[test]
    fn without_reasons_the_error_is_the_cause() {
        let error = of(Kind::Job, "refused".to_owned(), &[], anyhow::anyhow!("disk\u{202e}full"));
        assert_eq!(error.chain().collect::<Vec<_>>(), ["refused", "disk\\u{202e}full"]);
    }

    #[test]
    fn a_flood_of_reasons_is_counted() {
        let problems: Vec<Problem> =
            (0..100).map(|number| problem(&number.to_string(), "Remove it.")).collect();
        let chain: Vec<String> =
            of(Kind::Job, "refused".to_owned(), &problems, anyhow::anyhow!("")).chain().collect();
        assert_eq!((chain.len(), chain[21].as_str()), (22, "80 more like these"));
    }
}
