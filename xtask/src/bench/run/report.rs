//! The measurements as Markdown.

use std::fmt;

use super::contenders::Contender;
use crate::bench::machine::Machine;
use crate::bench::samples::Samples;

/// One command, by each of [`Contender::ALL`].
pub(super) struct Start {
    /// To the command.
    pub(super) first: [Samples; Contender::ALL.len()],
    /// The whole process.
    pub(super) whole: [Samples; Contender::ALL.len()],
    /// `skilled --version` and `skilled config show`: a process that does next to nothing, and one that reads its settings.
    pub(super) version: Samples,
    pub(super) settings: Samples,
}

/// Many commands.
pub(super) struct Session {
    pub(super) calls: usize,
    /// A command, its cost in a session of `skilled`, and in a sandbox of its own by [`Contender::Bubblewrap`].
    pub(super) commands: Vec<(&'static str, Samples, Samples)>,
}

/// Everything that was measured.
pub(super) struct Report<'a> {
    pub(super) machine: &'a Machine,
    pub(super) start: &'a Start,
    pub(super) session: &'a Session,
    /// Of a sandbox, by name.
    pub(super) stages: &'a [(String, Samples)],
}

const INTRODUCTION: &str = "\
# `skilled run` beside bubblewrap

Written by `cargo xtask bench run`; [how it measures](../README.md). Times are milliseconds of wall-clock time.
";

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INTRODUCTION}\n{}.", self.machine)?;
        writeln!(f, "\n## From the start of the process to the first command\n")?;
        contenders(f, &self.start.first)?;
        writeln!(f, "\n{}", verdict(&self.start.first))?;
        writeln!(f, "\n## The whole process, with one command\n")?;
        contenders(f, &self.start.whole)?;
        writeln!(f, "\n## One command of many\n")?;
        session(f, self.session)?;
        writeln!(f, "\n## The stages of `skilled run`\n")?;
        self.stages(f)
    }
}

impl Report<'_> {
    fn stages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, "stage")?;
        let whole = [
            ("process: start, arguments, end (`skilled --version`)".to_owned(), &self.start.version),
            ("process: that, and settings (`skilled config show`)".to_owned(), &self.start.settings),
        ];
        let stages = self.stages.iter().map(|(name, samples)| (name.clone(), samples));
        for (name, samples) in whole.into_iter().chain(stages) {
            row(f, &name, samples)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn head(f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
    writeln!(f, "| {what} | n | min | median | p95 |\n| --- | ---: | ---: | ---: | ---: |")
}

/// A row without its end, for columns to follow.
fn row(f: &mut fmt::Formatter<'_>, name: &str, samples: &Samples) -> fmt::Result {
    let (min, median, p95) = (samples.min(), samples.median(), samples.p95());
    write!(f, "| {name} | {} | {min:.2} | {median:.2} | {p95:.2} |", samples.len())
}

fn of(samples: &[Samples; Contender::ALL.len()], contender: Contender) -> f64 {
    let at = Contender::ALL.iter().position(|it| *it == contender);
    at.map_or(f64::NAN, |at| samples[at].median())
}

fn contenders(f: &mut fmt::Formatter<'_>, samples: &[Samples; Contender::ALL.len()]) -> fmt::Result {
    writeln!(f, "| | n | min | median | p95 | median / `bwrap`, the same files |")?;
    writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
    let base = of(samples, Contender::Bubblewrap);
    for (contender, samples) in Contender::ALL.iter().zip(samples) {
        row(f, contender.name(), samples)?;
        writeln!(f, " {:.2} |", samples.median() / base)?;
    }
    Ok(())
}

/// The medians in words.
fn verdict(first: &[Samples; Contender::ALL.len()]) -> String {
    let ours = of(first, Contender::Skilled);
    let (theirs, floor) = (of(first, Contender::Bubblewrap), of(first, Contender::Namespaces));
    let compared = if ours < theirs { "faster" } else { "slower" };
    format!(
        "The median `skilled run` reaches its first command in {ours:.2} ms: {:.2} ms {compared} than `bwrap` with the \
         same files ({theirs:.2} ms), {:.2} ms and {:.1} × above the floor ({floor:.2} ms).",
        (ours - theirs).abs(),
        ours - floor,
        ours / floor,
    )
}

fn session(f: &mut fmt::Formatter<'_>, session: &Session) -> fmt::Result {
    writeln!(f, "| command | n | min | median | p95 | `bwrap` anew, median | `bwrap` / `skilled` |")?;
    writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (command, ours, theirs) in &session.commands {
        row(f, &format!("`{command}`, each of {}", session.calls), ours)?;
        writeln!(f, " {:.2} | {:.1} |", theirs.median(), theirs.median() / ours.median())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_words_follow_the_medians() {
        let samples =
            |milliseconds: [u64; 5]| milliseconds.map(|it| [Duration::from_millis(it)].into_iter().collect());
        let slower = verdict(&samples([8, 4, 3, 2, 1]));
        assert!(slower.contains("8.00 ms: 4.00 ms slower") && slower.contains("4.0 × above"), "{slower}");
        let faster = verdict(&samples([3, 4, 3, 2, 1]));
        assert!(faster.contains("1.00 ms faster"), "{faster}");
    }
}
