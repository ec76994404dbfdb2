//! The measurements as Markdown.

use std::fmt;

use super::hostile::Hostile;
use super::{Cost, Many};
use crate::bench::machine::Machine;
use crate::bench::samples::Samples;

/// The same skills by whole processes.
#[derive(Default)]
pub(super) struct Whole {
    pub(super) read: Samples,
    pub(super) check: Samples,
}

pub(super) struct Report<'a> {
    pub(super) machine: &'a Machine,
    pub(super) skills: usize,
    /// Each over all skills.
    pub(super) steps: &'a [(String, Samples)],
    pub(super) whole: &'a Whole,
    pub(super) many: &'a Many,
    pub(super) hostile: &'a [Hostile],
}

const INTRODUCTION: &str = "\
# `skilled check` beside the reference validator, and beside reading the files

Written by `cargo xtask bench check`; [how it measures](../README.md). Times are wall-clock time.
";
/// The step of the lint bench that does what the reference validator does.
const OURS: &str = "read_skill, in memory";
const REFERENCE: &str = "skills-ref";

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{INTRODUCTION}\n{}.\n\n## One by one\n\n{} skills, in one process.\n",
            self.machine, self.skills
        )?;
        writeln!(f, "| step | n | median, all | median, one |\n| --- | ---: | ---: | ---: |")?;
        for (name, samples) in self.steps {
            let median = samples.median();
            let one = 1_000.0 * median / self.skills as f64;
            writeln!(f, "| {name} | {} | {median:.1} ms | {one:.1} µs |", samples.len())?;
        }
        if let (Some(ours), Some(reference)) = (self.step(OURS), self.step(REFERENCE)) {
            let ratio = reference.median() / ours.median();
            writeln!(
                f,
                "\nThe verdict on bytes in memory takes one part in {ratio:.0} of the reference validator's time."
            )?;
        }
        writeln!(
            f,
            "\n## The whole command\n\n{} skills; `find … -exec cat` only reads them.\n",
            self.skills
        )?;
        self.whole(f)?;
        self.many(f)?;
        writeln!(f, "\n## Files made to take long\n\nThe fastest of five, with the start of the process.\n")?;
        writeln!(f, "| file | size | time | exit code |\n| --- | ---: | ---: | ---: |")?;
        for Hostile { name, bytes, took, code } in self.hostile {
            let milliseconds = took.as_secs_f64() * 1_000.0;
            writeln!(f, "| {name} | {} KB | {milliseconds:.1} ms | {code} |", bytes / 1_000)?;
        }
        Ok(())
    }
}

impl Report<'_> {
    fn step(&self, name: &str) -> Option<&Samples> {
        self.steps.iter().find(|(step, _)| step == name).map(|(_, samples)| samples)
    }

    fn whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.whole.read.median();
        writeln!(
            f,
            "| command | n | min | median | p95 | to reading |\n| --- | ---: | ---: | ---: | ---: | ---: |"
        )?;
        for (name, samples) in
            [("`find … -exec cat`", &self.whole.read), ("`skilled check --format json`", &self.whole.check)]
        {
            let (min, median, p95) = (samples.min(), samples.median(), samples.p95());
            let ratio = median / read;
            writeln!(
                f,
                "| {name} | {} | {min:.1} ms | {median:.1} ms | {p95:.1} ms | {ratio:.2} × |",
                samples.len()
            )?;
        }
        Ok(())
    }

    fn many(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Many { skills, bytes, check, read } = self.many;
        writeln!(f, "\n## {skills} skills, {} MB\n", bytes / 1_000_000)?;
        writeln!(f, "| command | time | most memory | to reading |\n| --- | ---: | ---: | ---: |")?;
        for (name, Cost { took, peak_kib, .. }) in
            [("`find … -exec cat`", read), ("`skilled check --format json`", check)]
        {
            let ratio = took.as_secs_f64() / read.took.as_secs_f64();
            writeln!(
                f,
                "| {name} | {:.2} s | {} MiB | {ratio:.2} × |",
                took.as_secs_f64(),
                peak_kib / 1_024
            )?;
        }
        Ok(())
    }
}
