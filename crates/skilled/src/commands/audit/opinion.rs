//! `--model`: what a model makes of a skill. An opinion stands beside the findings and never changes one.

mod answer;
mod prompt;

use std::sync::{Arc, OnceLock};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use skilled_message::{Block, Message};
use skilled_model::{Model, Options, Request, StreamEvent};
use tokio_util::sync::CancellationToken;

use self::answer::Answer;
use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};
use crate::providers;
use crate::subjects::Subject;
use crate::view::escaped;

/// Tokens of an answer: the findings that are read fit several times.
const OUTPUT_TOKENS: u32 = 4_000;

/// Somebody to be asked.
pub(super) struct Reviewer {
    model: Arc<dyn Model>,
    runtime: tokio::runtime::Runtime,
    /// Why it did not answer; it is not asked again then.
    failure: OnceLock<Error>,
}

/// What a model makes of a skill.
pub(super) struct Opinion {
    model: String,
    answer: Answer,
    /// What the model was not shown.
    unseen: Vec<String>,
}

impl Reviewer {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().or_kind(Kind::Job)?;
        Ok(Self { model: providers::model(settings)?, runtime, failure: OnceLock::new() })
    }

    /// Asks about a skill, with one request; nothing once a request has failed.
    pub(super) fn ask(&self, subject: &Subject) -> Option<Opinion> {
        if self.failure.get().is_some() {
            return None;
        }
        match self.request(subject) {
            Ok(opinion) => Some(opinion),
            Err(error) => {
                let _ = self
                    .failure
                    .set(error.hint("the findings do not depend on it; leave --model out, or try again"));
                None
            }
        }
    }

    /// Why a request failed.
    pub(super) fn failure(self) -> Option<Error> {
        self.failure.into_inner()
    }

    fn request(&self, subject: &Subject) -> Result<Opinion> {
        let question = prompt::question(&subject.folder);
        let request = Request {
            system: question.system.into(),
            tools: Arc::from([]),
            messages: vec![Message::user(question.text)],
            max_tokens: OUTPUT_TOKENS.min(self.model.info().max_output_tokens),
            options: Options::default(),
        };
        let failed = || format!("there is no second opinion about {}", escaped(&subject.path));
        let text = self.runtime.block_on(self.answer(request)).or_kind_in(Kind::Provider, failed)?;
        let answer = Answer::parse(&text).or_kind_in(Kind::Provider, failed)?;
        Ok(Opinion { model: self.model.name().to_string(), answer, unseen: question.unseen })
    }

    async fn answer(&self, request: Request) -> std::result::Result<String, skilled_model::Error> {
        let mut events = self.model.stream(request, CancellationToken::new());
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event? {
                StreamEvent::Finished(response) => {
                    for block in response.content {
                        if let Block::Text(block) = block {
                            text.push_str(&block.text);
                        }
                    }
                }
                StreamEvent::Retry(_)
                | StreamEvent::TextDelta { .. }
                | StreamEvent::ThinkingDelta { .. }
                | StreamEvent::Started { .. }
                | StreamEvent::BlockStart { .. }
                | StreamEvent::InputDelta { .. }
                | StreamEvent::SignatureDelta { .. }
                | StreamEvent::CitationsDelta { .. }
                | StreamEvent::OtherDelta { .. }
                | StreamEvent::Block { .. } => {}
            }
        }
        Ok(text)
    }
}

impl Opinion {
    /// Marked as what it is, for people.
    pub(super) fn text(&self, width: usize) -> String {
        let mut lines =
            vec![format!("opinion of {}, not verified: {}", self.model, self.answer.verdict.as_str())];
        let mut add = |indent: &str, text: &str| {
            let wrapped = skilled_report::wrapped(text, width.saturating_sub(indent.len()));
            lines.extend(wrapped.iter().map(|line| format!("{indent}{line}")));
        };
        add("  ", &self.answer.summary);
        for concern in &self.answer.concerns {
            let place =
                concern.line.map_or_else(|| concern.path.clone(), |line| format!("{}:{line}", concern.path));
            add("  ", &format!("- {} ({}): {}", place, concern.severity.as_str(), concern.message));
        }
        if !self.unseen.is_empty() {
            add("  ", &format!("The model was not shown all of: {}", self.unseen.join(", ")));
        }
        format!("\n{}\n", lines.join("\n"))
    }

    pub(super) fn json(&self) -> Value {
        let concern = |concern: &answer::Concern| {
            json!({
                "severity": concern.severity.as_str(), "path": concern.path, "line": concern.line,
                "message": concern.message,
            })
        };
        json!({
            "model": self.model,
            "verified": false,
            "verdict": self.answer.verdict.as_str(),
            "summary": self.answer.summary,
            "concerns": self.answer.concerns.iter().map(concern).collect::<Vec<_>>(),
            "unseen": self.unseen,
        })
    }
}
