//! How a run is shown: to a person, or as JSON lines.

use std::fmt::Write as _;

use serde_json::Value;
use skilled_agent::{
    Delta, Event, EventKind, ModelFailed, Observer, Preview, RunFinished, RunStarted, ToolCall, ToolResult,
};
use skilled_message::{Block, Message};
use skilled_tool::PresentedFile;

use crate::{printer, providers};

/// How much of a tool's input or output a person is shown on its line, in characters.
const GLANCE: usize = 160;

/// Prints each event as one line of JSON on standard output.
pub(crate) struct JsonLines;

impl Observer for JsonLines {
    fn event(&mut self, event: &Event) {
        printer::stream(&json_line(event));
    }

    fn preview(&mut self, _: &Preview) {}
}

/// An event as one line of JSON.
pub(crate) fn json_line(event: &Event) -> String {
    match event.to_json() {
        Ok(json) => format!("{json}\n"),
        // Events are plain data; should one ever not serialise, a reader must see that something is missing.
        Err(error) => format!("{}\n", serde_json::json!({"seq": event.seq, "error": error.to_string()})),
    }
}

/// Streams the model's text to standard output and tells of everything else on standard error.
pub(crate) struct Terminal {
    /// Text was streamed in this turn, so that the complete message need not be shown again.
    streamed: bool,
    /// The last text did not end its line.
    in_line: bool,
    /// A progress line is on the screen.
    progress: bool,
    rounds: u32,
    tokens: u64,
    /// The model that answers.
    model: String,
}

impl Terminal {
    pub(crate) const fn new() -> Self {
        Self { streamed: false, in_line: false, progress: false, rounds: 0, tokens: 0, model: String::new() }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.clear_progress();
            printer::words(text);
            self.in_line = !text.ends_with('\n');
        }
    }

    fn note(&mut self, line: &str) {
        self.clear_progress();
        self.end_line();
        printer::note(line);
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.in_line) {
            printer::stream("\n");
        }
    }

    /// Says what the run waits for, on a line that the next output replaces. Only for people who watch.
    fn show_progress(&mut self, what: &str) {
        if printer::is_watched() {
            self.clear_progress();
            self.end_line();
            printer::part(&format!("… {what} (round {}, {} tokens)", self.rounds, self.tokens));
            self.progress = true;
        }
    }

    fn clear_progress(&mut self) {
        if std::mem::take(&mut self.progress) {
            printer::part("\r\x1b[K");
        }
    }

    fn answer(&mut self, message: &Message) {
        if !std::mem::take(&mut self.streamed) {
            for block in &message.content {
                if let Block::Text(text) = block {
                    self.text(&text.text);
                }
            }
        }
        self.end_line();
    }

    fn failure(&mut self, failed: &ModelFailed) {
        self.note(&failure_line(failed));
        if std::mem::take(&mut self.streamed) {
            self.note("  the unfinished answer above is void");
        }
        for cause in &failed.causes {
            self.note(&format!("  because: {}", escaped(cause)));
        }
        if let Some(hint) = providers::remedy_of_failure(failed, &self.model) {
            self.note(&format!("  hint: {hint}"));
        }
    }
}

impl Observer for Terminal {
    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted(started) => {
                self.model.clone_from(&started.model.name);
                self.note(&started_line(started));
            }
            EventKind::RunResumed(resumed) => {
                self.model.clone_from(&resumed.model.name);
                self.note(&format!("resumed · {} · sandbox {}", resumed.model.name, resumed.sandbox.name));
                self.show_progress("waiting for the model");
            }
            EventKind::Transcript { .. } | EventKind::UserMessage { .. } => {
                self.show_progress("waiting for the model");
            }
            EventKind::AssistantMessage(answer) => {
                self.rounds += 1;
                self.tokens += answer.usage.total_tokens();
                self.answer(&answer.message);
            }
            EventKind::ModelRetry { attempt, delay_ms, reason } => {
                let seconds = *delay_ms as f64 / 1000.0;
                self.note(&format!(
                    "retry: attempt {attempt} failed ({}); again in {seconds:.1} s",
                    escaped(reason)
                ));
            }
            EventKind::ModelFailed(failed) => self.failure(failed),
            EventKind::ToolCall(call) => {
                self.note(&call_line(call));
                self.show_progress(&format!("running {}", call.name));
            }
            EventKind::ToolResult(result) => {
                self.note(&result_line(result));
                self.show_progress("waiting for the model");
            }
            EventKind::FilePresented { file, .. } => self.note(&file_line(file)),
            EventKind::Warning(warning) => {
                self.clear_progress();
                self.end_line();
                printer::warning(&escaped(&warning.message), warning.help.as_deref());
            }
            EventKind::StopRequested { reason, message } => {
                if let Some(message) = message {
                    self.note(&format!("stopping: {reason}: {}", escaped(message)));
                }
            }
            EventKind::RunFinished(finished) => self.note(&finished_line(finished)),
        }
    }

    fn preview(&mut self, preview: &Preview) {
        if let Delta::TextDelta { text } = &preview.delta {
            self.streamed = true;
            self.text(text);
        }
    }
}

/// An event as `runs show` prints it.
pub(crate) fn described(event: &Event) -> String {
    let lines = match &event.kind {
        EventKind::Transcript { messages } => format!("({} earlier messages)", messages.len()),
        EventKind::UserMessage { message } => format!("> {}", texts(message).replace('\n', "\n> ")),
        EventKind::AssistantMessage(answer) => texts(&answer.message),
        EventKind::ToolCall(call) => call_line(call),
        EventKind::ToolResult(result) => result_line(result),
        EventKind::FilePresented { file, .. } => file_line(file),
        EventKind::Warning(warning) => format!("warning: {}", escaped(&warning.message)),
        EventKind::ModelRetry { attempt, reason, .. } => {
            format!("retry: attempt {attempt} failed ({})", escaped(reason))
        }
        EventKind::ModelFailed(failed) => failure_line(failed),
        EventKind::RunStarted(started) => started_line(started),
        EventKind::RunResumed(resumed) => {
            format!("resumed · {} · sandbox {}", resumed.model.name, resumed.sandbox.name)
        }
        EventKind::StopRequested { reason, message } => match message {
            Some(message) => format!("stopping: {reason}: {}", escaped(message)),
            None => format!("stopping: {reason}"),
        },
        EventKind::RunFinished(finished) => finished_line(finished),
    };
    if lines.trim().is_empty() { String::new() } else { format!("{}\n", lines.trim_end()) }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let joined = names.map(escaped).collect::<Vec<_>>().join(", ");
    if joined.is_empty() { "none".to_owned() } else { joined }
}

fn texts(message: &Message) -> String {
    let texts = message.content.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn call_line(call: &ToolCall) -> String {
    // The one argument that says most, else all of them.
    let main = ["command", "path", "paths"].into_iter().find_map(|name| call.input.get(name));
    let shown = match main {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => call.input.to_string(),
    };
    format!("→ {} {}", call.name, glance(&shown))
}

fn result_line(result: &ToolResult) -> String {
    let mut line = String::from(if result.is_error { "✗ " } else { "← " });
    let mut texts = Vec::new();
    for block in &result.content {
        match block {
            Block::Text(text) => texts.push(text.text.clone()),
            other => texts.push(format!("[{}]", other.kind())),
        }
    }
    line.push_str(&glance(&texts.join(" ")));
    if let Some(duration) = result.duration_ms.filter(|duration| *duration >= 1000) {
        // Writing to a string cannot fail.
        let _ = write!(line, " ({:.1} s)", duration as f64 / 1000.0);
    }
    line
}

fn started_line(started: &RunStarted) -> String {
    let skills = names(started.skills.iter().map(|skill| skill.name.as_str()));
    format!("{} · {} · sandbox {} · skills: {skills}", started.run, started.model.name, started.sandbox.name)
}

fn failure_line(failed: &ModelFailed) -> String {
    let mut details = Vec::new();
    details.extend(failed.status.map(|status| format!("HTTP {status}")));
    details.extend(failed.code.as_deref().map(escaped));
    details.extend(failed.request_id.as_deref().map(|id| format!("request id {}", escaped(id))));
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    format!("error: the model failed: {}{details}", escaped(&failed.message))
}

fn finished_line(finished: &RunFinished) -> String {
    let rounds = if finished.rounds == 1 { "round" } else { "rounds" };
    let cost = finished.cost_usd.map(|usd| format!(" · ${usd:.4}")).unwrap_or_default();
    let tokens = finished.usage.total_tokens();
    format!("{} · {} {rounds} · {tokens} tokens{cost}", finished.reason, finished.rounds)
}

fn file_line(file: &PresentedFile) -> String {
    format!("◆ {} ({}, {} bytes)", escaped(&file.name), file.media_type, file.bytes)
}

/// The beginning of a text, on one line.
fn glance(text: &str) -> String {
    let text = text.trim();
    let mut shown: String = escaped(text).chars().take(GLANCE).collect();
    if text.chars().count() > GLANCE {
        shown.push('…');
    }
    shown
}

/// A text without characters that could steer a terminal, break a line, or that people do not see.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("⏎ "),
            '\t' => out.push(' '),
            it if skilled_format::is_hidden(it) => out.extend(it.escape_unicode()),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(escaped("a\nb\x1b[2J\u{202e}c"), "a⏎ b\\u{1b}[2J\\u{202e}c");
        assert!(glance(&"x".repeat(500)).ends_with("x…"));
    }

    /// What one command shows no other hides.
    #[test]
    fn all_layers_agree_on_what_people_do_not_see() {
        let hidden = "\u{7f}\u{ad}\u{61c}\u{115f}\u{1160}\u{200b}\u{200f}\u{2060}\u{2064}\u{3164}\u{feff}\u{e0001}\u{e007f}\u{e0100}";
        assert!(hidden.chars().all(skilled_format::is_hidden));
        assert!(!"naïve 你好 ⚠\u{fe0f} e\u{301}".chars().any(skilled_format::is_hidden));
        let differs = |c: &char| {
            let hidden = skilled_format::is_hidden(*c);
            let text = c.to_string();
            let shown = [
                skilled_format::printable(&text),
                escaped(&text),
                skilled_report::visible(&text).into_owned(),
            ];
            shown.iter().any(|shown| (*shown != text) != hidden)
        };
        assert_eq!(('\0'..=char::MAX).find(differs), None);
    }
}
