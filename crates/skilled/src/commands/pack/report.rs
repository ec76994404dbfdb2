//! What was packed, for people and programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};
use skilled_package::{LeftOut, Packed, Plan};

use super::{Fate, Output, PackArgs};
use crate::printer;
use crate::screen::{self, bytes, count, shell_word, wrapped};
use crate::view::escaped;

/// Files that a dry run lists, and left-out ones that are named.
const LISTED: usize = 20;

/// What there is to say.
pub(super) struct Report<'a> {
    pub(super) args: &'a PackArgs,
    pub(super) plan: &'a Plan,
    /// Nothing in a dry run.
    pub(super) packed: Option<(&'a Packed, Fate)>,
    pub(super) output: &'a Output,
    /// Warnings of the check.
    pub(super) warnings: usize,
}

impl Fate {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Streamed => "streamed",
        }
    }
}

impl Report<'_> {
    /// Shows it on standard output, or beside a package that goes there.
    pub(super) fn show(&self) {
        match self.output {
            _ if self.args.json => printer::data(&format!("{:#}\n", self.json())),
            Output::Standard if self.packed.is_some() => printer::note(self.text().trim_end()),
            Output::Standard | Output::File(_) => printer::data(&self.text()),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let name = match self.output {
            Output::Standard => "standard output".to_owned(),
            Output::File(path) => screen::path(path),
        };
        let plan = self.plan;
        let of = format!("{}, {} unpacked", count(plan.files().len(), "file"), bytes(plan.total_size()));
        match self.packed {
            None => {
                let _ = writeln!(text, "would pack {of} into {name}");
                if let Output::File(path) = self.output
                    && path.symlink_metadata().is_ok()
                    && !self.args.force
                {
                    text.push_str("which is there already; another content would need --force\n");
                }
                self.files(&mut text);
            }
            Some((packed, fate)) => {
                let said = match fate {
                    Fate::Written => format!("wrote {name}"),
                    Fate::Replaced => format!("replaced {name}"),
                    Fate::Unchanged => format!("{name} is unchanged"),
                    Fate::Streamed => "wrote the package to standard output".to_owned(),
                };
                let _ = writeln!(text, "{said} ({}; {of})", bytes(packed.bytes));
            }
        }
        self.left_out(&mut text);
        for link in plan.copied_links() {
            let said = format!("{} as a copy of {}", escaped(&link.path), escaped(&link.source));
            text.push_str(&wrapped("link      ", &said));
        }
        let _ = writeln!(text, "digest  {}", plan.digest());
        if let Some((packed, _)) = self.packed {
            let _ = writeln!(text, "file    {}", packed.archive_sha256);
        }
        if self.warnings > 0 {
            let dir = shell_word(&self.args.dir);
            let said = format!("{} (skilled check {dir})", count(self.warnings, "warning"));
            text.push_str(&wrapped("check     ", &said));
        }
        if let (Some(_), Output::File(path)) = (self.packed, self.output) {
            text.push_str(&next(path));
        }
        text
    }

    fn files(&self, text: &mut String) {
        for file in self.plan.files().iter().take(LISTED) {
            let run = if file.executable { "  executable" } else { "" };
            let _ = writeln!(text, "  {:>9}  {}{run}", bytes(file.size), escaped(&file.path));
        }
        if let Some(more) = self.plan.files().len().checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = writeln!(text, "             … and {} more (--json lists all)", count(more, "file"));
        }
    }

    fn left_out(&self, text: &mut String) {
        let left_out = self.plan.left_out();
        for LeftOut { path, folder, reason } in left_out.iter().take(LISTED) {
            let slash = if *folder { "/" } else { "" };
            let reason = escaped(&reason.to_string());
            text.push_str(&wrapped("left out  ", &format!("{}{slash} ({reason})", escaped(path))));
        }
        if let Some(more) = left_out.len().checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = writeln!(text, "          … and {more} more (--json lists all)");
        }
    }

    fn json(&self) -> Json {
        let plan = self.plan;
        let file = |file: &skilled_package::Planned| {
            json!({
                "path": file.path, "bytes": file.size, "executable": file.executable,
                "digest": file.digest.to_string(),
            })
        };
        let left_out = |left: &LeftOut| json!({ "path": left.path, "folder": left.folder, "reason": left.reason.to_string() });
        let link = |link: &skilled_package::CopiedLink| json!({ "path": link.path, "source": link.source });
        json!({
            "name": plan.name().as_str(),
            "output": match self.output {
                Output::Standard => Json::Null,
                Output::File(path) => json!(path.to_string_lossy()),
            },
            "result": self.packed.map_or("dry-run", |(_, fate)| fate.as_str()),
            "bytes": self.packed.map(|(packed, _)| packed.bytes),
            "sha256": self.packed.map(|(packed, _)| packed.archive_sha256.to_string()),
            "digest": plan.digest().to_string(),
            "files": plan.files().iter().map(file).collect::<Vec<_>>(),
            "left_out": plan.left_out().iter().map(left_out).collect::<Vec<_>>(),
            "copied_links": plan.copied_links().iter().map(link).collect::<Vec<_>>(),
            "warnings": self.warnings,
        })
    }
}

fn next(path: &Path) -> String {
    let word = shell_word(path);
    let steps = [
        (format!("skilled show {word}"), "what others will see"),
        (format!("skilled unpack {word} -o DIR"), "where it is to be used"),
    ];
    format!("\nnext:\n{}", screen::commands(&steps))
}
