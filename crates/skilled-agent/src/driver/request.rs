//! The request to the model that is under way.

use std::error::Error as _;

use futures_util::StreamExt;
use skilled_model::{ErrorKind, EventStream, StreamEvent};
use tokio_util::sync::CancellationToken;

use crate::{Delta, Input, ModelFailed, Preview};

pub(super) struct RunningRequest {
    turn: u64,
    stream: EventStream,
    cancel: CancellationToken,
    /// The number of the next preview.
    sequence: u64,
}

/// What came of a request.
pub(super) enum News {
    Preview(Preview),
    Retry(Input),
    /// The answer or the failure: nothing more will come.
    Ended(Input),
}

impl RunningRequest {
    pub(super) const fn new(turn: u64, stream: EventStream, cancel: CancellationToken) -> Self {
        Self { turn, stream, cancel, sequence: 0 }
    }

    pub(super) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits for news of the request; returns nothing when there is no request.
    pub(super) async fn next(request: &mut Option<Self>) -> Option<News> {
        let request = request.as_mut()?;
        loop {
            // Losing the race for this future loses no item of the stream.
            let Some(item) = request.stream.next().await else {
                let text = "the model's stream ended before its answer did";
                return Some(News::Ended(request.failed(ErrorKind::Transport, text)));
            };
            if let Some(news) = request.heard(item) {
                return Some(news);
            }
        }
    }

    /// Returns the failure of this request.
    pub(super) fn failed(&self, kind: ErrorKind, message: &str) -> Input {
        let error = skilled_model::Error::new(kind, message);
        self.failure(error)
    }

    fn heard(&mut self, item: Result<StreamEvent, skilled_model::Error>) -> Option<News> {
        let turn = self.turn;
        match item {
            Ok(StreamEvent::TextDelta { block, text }) => {
                Some(self.preview(block, Delta::TextDelta { text }))
            }
            Ok(StreamEvent::ThinkingDelta { block, text }) => {
                Some(self.preview(block, Delta::ThinkingDelta { text }))
            }
            Ok(StreamEvent::BlockStart { index, block }) => {
                Some(self.preview(index, Delta::BlockStart { content: block }))
            }
            Ok(StreamEvent::InputDelta { block, partial_json }) => {
                Some(self.preview(block, Delta::InputDelta { partial_json }))
            }
            Ok(StreamEvent::SignatureDelta { block, signature }) => {
                Some(self.preview(block, Delta::SignatureDelta { signature }))
            }
            Ok(StreamEvent::CitationsDelta { block, citation }) => {
                Some(self.preview(block, Delta::CitationsDelta { citation }))
            }
            Ok(StreamEvent::OtherDelta { block, delta }) => Some(self.preview(block, Delta::Other { delta })),
            // The loop itself sees whole answers only: the response carries every block again.
            Ok(StreamEvent::Block { index, block }) => {
                Some(self.preview(index, Delta::BlockEnd { content: block }))
            }
            Ok(StreamEvent::Started { .. }) => None,
            Ok(StreamEvent::Retry(notice)) => Some(News::Retry(Input::ModelRetry {
                turn,
                attempt: notice.attempt,
                delay: notice.delay,
                reason: notice.reason,
            })),
            Ok(StreamEvent::Finished(response)) => {
                Some(News::Ended(Input::ModelFinished { turn, response: Box::new(response) }))
            }
            Err(error) => Some(News::Ended(self.failure(error))),
        }
    }

    fn preview(&mut self, block: usize, delta: Delta) -> News {
        let sequence = self.sequence;
        self.sequence += 1;
        News::Preview(Preview { turn: self.turn, sequence, block, delta })
    }

    fn failure(&self, error: skilled_model::Error) -> Input {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        let failure = ModelFailed {
            causes: causes.map(ToString::to_string).collect(),
            kind: error.kind.as_str().to_owned(),
            status: error.status,
            code: error.code,
            message: error.message,
            request_id: error.request_id,
            answer_began: error.answer_began,
        };
        Input::ModelFailed { turn: self.turn, kind: error.kind, failure: Box::new(failure) }
    }
}
