//! Rules about scripts: what starts them, and whether it can.

use std::ops::Range;

use skilled_format::SKILL_FILE;

use crate::material::{Kind, Material, Text, ending};
use crate::paths::References;
use crate::sink::{Draft, Sink};
use crate::{Edit, Fix, rules};

pub(crate) fn check(material: &Material<'_>, references: &References<'_>, sink: &mut Sink<'_>) {
    if !material.texts.iter().any(|text| text.kind == Kind::Script) {
        return;
    }
    // Where SKILL.md is executable, the file system has no such permission and everything is.
    let modes_count = !material.skill_text().is_some_and(|text| text.executable);
    let started = references.started();
    for text in material.texts.iter().filter(|text| text.kind == Kind::Script) {
        let shebang = shebang(&text.content);
        check_line_end(text, shebang.as_ref(), sink);
        if !modes_count {
            continue;
        }
        let problem = problem(text, shebang.is_some());
        if let (Some((document, span)), Some(problem)) = (started.get(text.path.as_str()), problem) {
            let message = format!("`{}` is started by its name here and {problem}", text.path);
            sink.push(Draft::new(&rules::UNRUNNABLE_SCRIPT, *document, span.clone(), message));
        }
        check_mode(text, shebang, sink);
    }
}

fn check_mode(text: &Text, shebang: Option<Range<usize>>, sink: &mut Sink<'_>) {
    match shebang {
        Some(line) if !text.executable => {
            let message = format!("`{}` has a shebang and is not executable", text.path);
            let draft = Draft::new(&rules::NOT_EXECUTABLE, &text.path, line, message);
            sink.push(draft.with_fix(Some(Fix::MakeExecutable)));
        }
        None if text.executable && !text.content.trim().is_empty() => {
            let message =
                format!("`{}` is executable and its first line does not say what runs it", text.path);
            sink.push(Draft::whole(&rules::MISSING_SHEBANG, &text.path, message));
        }
        Some(_) | None => {}
    }
}

/// Why a script cannot be started by its name.
fn problem(text: &Text, has_shebang: bool) -> Option<&'static str> {
    match (text.executable, has_shebang) {
        (true, true) => None,
        (false, true) => Some("is not executable"),
        (true, false) => Some("does not say what runs it"),
        (false, false) => Some("is not executable and does not say what runs it"),
    }
}

/// The first line, when it names an interpreter (execve(2)), without its line end.
fn shebang(content: &str) -> Option<Range<usize>> {
    let line = content.split('\n').next().unwrap_or_default();
    line.starts_with("#!").then(|| 0..line.trim_end_matches('\r').len())
}

fn check_line_end(text: &Text, shebang: Option<&Range<usize>>, sink: &mut Sink<'_>) {
    let Some(line) = shebang else { return };
    if text.content[line.end..].starts_with('\r') && text.path != SKILL_FILE && ending(&text.path) != "ps1" {
        let edits = text
            .content
            .match_indices("\r\n")
            .map(|(at, _)| Edit { span: at..at + 1, replacement: String::new() });
        let message = format!("the shebang of `{}` ends with a carriage return", text.path);
        let draft = Draft::new(&rules::SHEBANG_CRLF, &text.path, line.clone(), message);
        sink.push(draft.with_fix(text.wants_unix_ends().then(|| Fix::Edit(edits.collect()))));
    }
}
