//! The list of runs: of each only its first two events and its last are read.

use std::fs::OpenOptions;

use skilled_agent::{Event, EventKind, FinishReason, RunId};
use skilled_message::{Block, Message, UnixMillis};

use crate::lines::{Line, Lines, last_line};
use crate::{Error, RunStore};

/// One run of the list.
#[derive(Debug)]
pub struct ListedRun {
    /// The run.
    pub run: RunId,
    /// What is known of it, or why it cannot be read: one damaged run hides no other.
    pub summary: Result<RunSummary, Error>,
}

/// A run in brief.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// When its first event was recorded; none when a crash left no whole event.
    pub started: Option<UnixMillis>,
    /// When its last event was recorded.
    pub updated: Option<UnixMillis>,
    /// The model it began with.
    pub model: Option<String>,
    /// The text of the first message of the user.
    pub prompt: Option<String>,
    /// Why it finished; none while it is under way, and after a crash.
    pub finished: Option<FinishReason>,
    /// What it cost in US dollars, when it finished and the price was known.
    pub cost_usd: Option<f64>,
}

impl RunStore {
    /// Lists all runs, newest first.
    pub fn list(&self) -> Result<Vec<ListedRun>, Error> {
        Ok(self.ids()?.into_iter().map(|run| ListedRun { run, summary: self.summary(run) }).collect())
    }

    fn summary(&self, run: RunId) -> Result<RunSummary, Error> {
        let path = self.events_path(run);
        let file = self.open_existing(run, OpenOptions::new().read(true))?;
        let mut summary = RunSummary {
            started: None,
            updated: None,
            model: None,
            prompt: None,
            finished: None,
            cost_usd: None,
        };
        let mut lines = Lines::new(&path, &file)?;
        // Warnings of the preparation may stand between the first event and the first message.
        while let Some(Line::Event(event)) = lines.next()? {
            summary.started = summary.started.or(Some(event.at));
            match event.kind {
                EventKind::RunStarted(started) => summary.model = Some(started.model.name),
                EventKind::Warning(_) => {}
                EventKind::UserMessage { message } => {
                    summary.prompt = Some(text(&message));
                    break;
                }
                EventKind::RunResumed(_)
                | EventKind::Transcript { .. }
                | EventKind::AssistantMessage(_)
                | EventKind::ModelRetry { .. }
                | EventKind::ModelFailed(_)
                | EventKind::ToolCall(_)
                | EventKind::ToolResult(_)
                | EventKind::FilePresented { .. }
                | EventKind::StopRequested { .. }
                | EventKind::RunFinished(_) => break,
            }
        }
        if let Some(line) = last_line(&path, &file)? {
            let last = Event::from_json(&line).map_err(|source| Error::CorruptEnd { path, source })?;
            summary.updated = Some(last.at);
            if let EventKind::RunFinished(finished) = last.kind {
                summary.finished = Some(finished.reason);
                summary.cost_usd = finished.cost_usd;
            }
        }
        Ok(summary)
    }
}

fn text(message: &Message) -> String {
    let texts = message.content.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.text.as_str()),
        Block::Image(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_)
        | Block::Other(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
