//! One line when a phase starts, one when it ends, and a table of all at the end.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How a phase ended, if not by an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// It had nothing to run on this machine; the text says why and what to do about it.
    NotRun(String),
    Failed(String),
}

struct Phase {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// The phases so far.
pub(super) struct Report {
    phases: Vec<Phase>,
    started: Instant,
}

impl Default for Report {
    fn default() -> Self {
        Self { phases: Vec::new(), started: Instant::now() }
    }
}

impl Report {
    /// Runs a phase that passes or fails.
    pub(super) fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.phase(name, work);
    }

    /// Runs a phase whose result the next ones need; none where it failed.
    pub(super) fn phase<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let mut result = None;
        self.step(name, || {
            result = Some(work()?);
            Ok(Outcome::Passed)
        });
        result
    }

    /// Runs a phase that may find that it has nothing to do.
    pub(super) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let phase = Phase { name, outcome, took: started.elapsed() };
        println!("{}", phase.line());
        self.phases.push(phase);
    }

    /// Prints the table.
    pub(super) fn close(self) -> ExitCode {
        println!("\n== summary");
        for phase in &self.phases {
            println!("{}", phase.line());
        }
        println!("   {:<14} {:>15.1} s\n\n{}", "all", self.started.elapsed().as_secs_f64(), self.counts());
        let failed = self.phases.iter().any(|it| matches!(it.outcome, Outcome::Failed(_)));
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn counts(&self) -> String {
        let count = |is: fn(&Outcome) -> bool| self.phases.iter().filter(|it| is(&it.outcome)).count();
        let passed = count(|it| *it == Outcome::Passed);
        let failed = count(|it| matches!(it, Outcome::Failed(_)));
        let skipped = count(|it| matches!(it, Outcome::NotRun(_)));
        format!("phases: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl Phase {
    fn line(&self) -> String {
        let (word, reason) = match &self.outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::NotRun(reason) => ("NOT RUN", reason.as_str()),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
        };
        let line = format!("   {:<14} {word:<8} {:>6.1} s  {reason}", self.name, self.took.as_secs_f64());
        line.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn one_failure_fails_the_whole_and_the_others_still_run() {
        let mut report = Report::default();
        report.run("bad", || Err(anyhow!("inner").context("outer")));
        assert_eq!(report.phase("good", || Ok(7)), Some(7));
        assert_eq!(report.phases.len(), 2);
        assert_eq!(report.phases[0].outcome, Outcome::Failed("outer: inner".to_owned()));
        assert!(
            report.phases[0].line().contains("FAILED") && report.phases[0].line().contains("outer: inner")
        );
        assert_eq!(report.counts(), "phases: 1 passed, 1 failed, 0 skipped");
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn a_phase_that_was_not_run_is_no_failure_but_is_told() {
        let mut report = Report::default();
        report.step("none", || Ok(Outcome::NotRun("no tool".to_owned())));
        assert!(report.phases[0].line().contains("NOT RUN") && report.phases[0].line().ends_with("no tool"));
        assert_eq!(report.counts(), "phases: 0 passed, 0 failed, 1 skipped");
        assert_eq!(report.close(), ExitCode::SUCCESS);
    }
}
