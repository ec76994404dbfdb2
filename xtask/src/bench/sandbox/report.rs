//! The measurements as Markdown.

use std::fmt;

use super::Figures;
use crate::bench::machine::Machine;
use crate::bench::samples::Samples;

/// Everything that was measured.
pub(super) struct Report<'a> {
    pub(super) machine: &'a Machine,
    pub(super) table: &'a [(String, Samples)],
    /// By how many sandboxes there were at once.
    pub(super) idle: &'a [(usize, Figures)],
    pub(super) rate: &'a Figures,
    /// Quiet and with each bomb.
    pub(super) bombs: &'a [(String, Samples)],
    /// Peers that do not run here, and why.
    pub(super) absent: &'a [(&'static str, String)],
}

const INTRODUCTION: &str = "\
# The sandbox beside others

Written by `cargo xtask bench sandbox`; [how it measures](../README.md#the-sandbox). Times are milliseconds of wall-clock time.
";

/// Steps with the most that their median should take, in milliseconds.
const AIMS: [(&str, f64); 4] = [
    ("create, cold", 2.0),
    ("create, first exec, destroy", 3.0),
    ("exec `/bin/true`", 0.8),
    ("Python script, warm document libraries, first", 12.0),
];
const MOST_IDLE: f64 = 1024.0;
const FEWEST_LIVES: f64 = 300.0;
/// What a bomb may do to a neighbour's 99th percentile.
const MOST_RATIO: f64 = 2.0;
/// The figure that is compared with [`MOST_IDLE`].
const IDLE: &str = "processes of a sandbox (KiB)";

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INTRODUCTION}\n{}.", self.machine)?;
        writeln!(f, "\n## In one run\n\n| | n | min | median | p95 |\n| --- | ---: | ---: | ---: | ---: |")?;
        for (name, samples) in self.table {
            let (min, median, p95) = (samples.min(), samples.median(), samples.p95());
            writeln!(f, "| {name} | {} | {min:.2} | {median:.2} | {p95:.2} |", samples.len())?;
        }
        for (name, reason) in self.absent {
            writeln!(f, "\n{name} does not run here: {reason}.")?;
        }
        writeln!(f, "\n## Many at once\n\n| sandboxes | | |\n| ---: | --- | ---: |")?;
        for (number, figures) in self.idle {
            for (name, value) in figures {
                writeln!(f, "| {number} | {name} | {value:.0} |")?;
            }
        }
        writeln!(f, "\n## A neighbour's `/bin/true` while a bomb goes off\n")?;
        self.bombs(f)?;
        writeln!(f, "\n## Aims\n\n| aim | | measured | |\n| --- | ---: | ---: | --- |")?;
        self.aims(f)
    }
}

impl Report<'_> {
    fn bombs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| bomb | quiet, median | p99 | meanwhile, median | p99 | p99 / quiet p99 |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for (kind, quiet, during) in self.pairs() {
            let ratio = during.p99() / quiet.p99();
            let times =
                [quiet.median(), quiet.p99(), during.median(), during.p99()].map(|it| format!("{it:.2}"));
            writeln!(f, "| {kind} | {} | {ratio:.2} |", times.join(" | "))?;
        }
        Ok(())
    }

    /// Each kind of bomb with its quiet time and its own.
    fn pairs(&self) -> impl Iterator<Item = (&str, &Samples, &Samples)> {
        self.bombs.iter().filter_map(|(name, during)| {
            let kind = name.strip_prefix("bomb: ")?;
            let quiet = self.bombs.iter().find(|(name, _)| name.strip_prefix("quiet: ") == Some(kind))?;
            Some((kind, &quiet.1, during))
        })
    }

    fn aims(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, aim: String, measured: String, met: bool| {
            writeln!(f, "| {name} | {aim} | {measured} | {} |", if met { "met" } else { "missed" })
        };
        for (name, most) in AIMS {
            let found = self.table.iter().find(|(known, _)| known == name);
            let median = found.map_or(f64::NAN, |(_, samples)| samples.median());
            row(
                &format!("{name}, median"),
                format!("≤ {most:.1} ms"),
                format!("{median:.2} ms"),
                median <= most,
            )?;
        }
        for (number, figures) in self.idle {
            let kibibytes = value(figures, IDLE);
            let name = format!("memory of each of {number} idle sandboxes");
            row(
                &name,
                format!("≤ {MOST_IDLE:.0} KiB"),
                format!("{kibibytes:.0} KiB"),
                kibibytes <= MOST_IDLE,
            )?;
        }
        let lives = value(self.rate, "lives in a second");
        row(
            "lives (create, exec, destroy) in a second on one core",
            format!("≥ {FEWEST_LIVES:.0}"),
            format!("{lives:.0}"),
            lives >= FEWEST_LIVES,
        )?;
        let worst =
            self.pairs().map(|(_, quiet, during)| during.p99() / quiet.p99()).fold(f64::NAN, f64::max);
        row(
            "a neighbour's p99 during the worst bomb, to its quiet p99",
            format!("≤ {MOST_RATIO:.1}"),
            format!("{worst:.2}"),
            worst <= MOST_RATIO,
        )
    }
}

/// A figure; what was not measured is no number.
fn value(figures: &Figures, name: &str) -> f64 {
    figures.iter().find(|(known, _)| known == name).map_or(f64::NAN, |(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_aim_is_met_by_its_median_and_missed_without_one() {
        let samples = |milliseconds: &[u64]| -> Samples {
            milliseconds.iter().map(|it| Duration::from_millis(*it)).collect()
        };
        let table = [("create, cold".to_owned(), samples(&[1, 2, 50]))];
        let bombs =
            [("quiet: fork".to_owned(), samples(&[1, 2])), ("bomb: fork".to_owned(), samples(&[2, 6]))];
        let machine = Machine::look("no peer").unwrap();
        let idle = [(100, vec![(IDLE.to_owned(), 300.0)])];
        let report = Report {
            machine: &machine,
            table: &table,
            idle: &idle,
            rate: &vec![("lives in a second".to_owned(), 299.0)],
            bombs: &bombs,
            absent: &[("`other`", "it has no license".to_owned())],
        };
        let text = report.to_string();
        for line in [
            "| create, cold, median | ≤ 2.0 ms | 2.00 ms | met |",
            "| exec `/bin/true`, median | ≤ 0.8 ms | NaN ms | missed |",
            "| memory of each of 100 idle sandboxes | ≤ 1024 KiB | 300 KiB | met |",
            "| lives (create, exec, destroy) in a second on one core | ≥ 300 | 299 | missed |",
            "| fork | 1.00 | 2.00 | 2.00 | 6.00 | 3.00 |",
            "to its quiet p99 | ≤ 2.0 | 3.00 | missed |",
            "`other` does not run here: it has no license.",
        ] {
            assert!(text.contains(line), "{line} is in {text}");
        }
    }
}
