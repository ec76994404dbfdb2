//! Files made to take long.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::Bench;

const ROUNDS: usize = 5;

/// A file, what it is, and how long the program took for it.
pub(super) struct Hostile {
    pub(super) name: &'static str,
    pub(super) bytes: usize,
    pub(super) took: Duration,
    pub(super) code: i64,
}

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Hostile>> {
    let folder = TempDir::new().context("cannot make a folder")?;
    let skill = folder.path().join("hostile");
    fs::create_dir(&skill).context("cannot make a folder")?;
    let mut measured = Vec::new();
    for (name, text) in files() {
        fs::write(skill.join("SKILL.md"), &text).context("cannot write a skill")?;
        let mut fastest: Option<Hostile> = None;
        for _ in 0..ROUNDS {
            let cost = bench.cost(&mut bench.check(&skill))?;
            if fastest.as_ref().is_none_or(|it| cost.took < it.took) {
                fastest = Some(Hostile { name, bytes: text.len(), took: cost.took, code: cost.code });
            }
        }
        measured.extend(fastest);
    }
    Ok(measured)
}

fn files() -> [(&'static str, String); 8] {
    let head = "---\nname: hostile\ndescription: Use when testing.\n";
    let body = |text: String| format!("{head}---\n{text}\n");
    let aliases: String = (1..=9).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("{text}a{level}: &a{level} [{items}]\n")
    });
    [
        ("an ordinary skill", body("# Steps\n\nDo it.".to_owned())),
        ("front matter of 10 MB", format!("{head}license: {}\n---\n", "x".repeat(10_000_000))),
        ("200,000 nested lists in front matter", format!("{head}metadata: {}\n---\n", "[".repeat(200_000))),
        ("aliases that unfold to 3 × 10⁸ nodes", format!("{head}{aliases}---\n")),
        ("30,000 nested quotes", body("> ".repeat(30_000) + "x")),
        ("500,000 opening brackets", body("[".repeat(500_000))),
        ("100,000 dead links", body("[a](b.md) ".repeat(100_000))),
        ("250,000 zero-width characters", body("a\u{200b}".repeat(250_000))),
    ]
}
