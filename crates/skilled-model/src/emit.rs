//! A stream written as a function that emits events.
//!
//! The function runs inside the stream: it goes on only while the stream is polled, never runs ahead of its reader by
//! more than one event, and is dropped (with its connection) when the stream is dropped.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{Error, ErrorKind, StreamEvent};

/// Where events go.
pub(crate) struct Emitter<T = StreamEvent> {
    events: mpsc::Sender<T>,
    began: Arc<AtomicBool>,
}

/// A stream of what a function emits.
pub(crate) type Emissions<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

impl<T> Emitter<T> {
    /// Hands `event` to the reader and waits until it can take another.
    pub(crate) async fn emit(&self, event: T) {
        // The receiver lives in the stream that polls this future: it is gone only together with the future.
        let _ = self.events.send(event).await;
    }

    /// Notes that the first byte of the answer has arrived: every error from now on says so.
    pub(crate) fn answer_began(&self) {
        self.began.store(true, Ordering::Relaxed);
    }
}

/// Returns the stream of what the future of `write` emits, then its error if it has one.
pub(crate) fn stream<T, F>(cancel: CancellationToken, write: impl FnOnce(Emitter<T>) -> F) -> Emissions<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let (events, receiver) = mpsc::channel(1);
    let began = Arc::new(AtomicBool::new(false));
    let written = write(Emitter { events, began: Arc::clone(&began) });
    let future = Box::pin(async move {
        let result = until_cancelled(cancel, written).await;
        result.err().map(|error| Error { answer_began: began.load(Ordering::Relaxed), ..error })
    });
    Box::pin(Emitted { state: State::Running(future), receiver })
}

/// Returns what `future` returns, or that it was cancelled.
pub(crate) async fn until_cancelled<T>(
    cancel: CancellationToken,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let result = cancel.run_until_cancelled_owned(future).await;
    result.unwrap_or_else(|| Err(Error::new(ErrorKind::Cancelled, "the request was cancelled")))
}

struct Emitted<T> {
    state: State,
    receiver: mpsc::Receiver<T>,
}

enum State {
    Running(Pin<Box<dyn Future<Output = Option<Error>> + Send>>),
    /// The error, until it was read.
    Ended(Option<Error>),
}

impl<T> Stream for Emitted<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Running(future) = &mut self.state
            && let Poll::Ready(error) = future.as_mut().poll(context)
        {
            self.state = State::Ended(error);
        }
        // The sender ends with the future, so that the receiver ends after the last event.
        let event = ready!(self.receiver.poll_recv(context));
        let error = match &mut self.state {
            State::Running(_) => None,
            State::Ended(error) if event.is_none() => error.take(),
            State::Ended(_) => None,
        };
        Poll::Ready(event.map(Ok).or(error.map(Err)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::StreamExt;

    use super::*;

    fn delta(text: &str) -> StreamEvent {
        StreamEvent::TextDelta { block: 0, text: text.to_owned() }
    }

    #[tokio::test]
    async fn events_before_an_error_all_arrive() {
        let stream = stream(CancellationToken::new(), |emitter| async move {
            emitter.emit(delta("a")).await;
            emitter.answer_began();
            emitter.emit(delta("b")).await;
            Err(Error::new(ErrorKind::Transport, "broken"))
        });
        let mut items: Vec<_> = stream.collect().await;
        let error = items.pop().unwrap().unwrap_err();
        assert!(error.answer_began);
        assert_eq!(items.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [delta("a"), delta("b")]);
    }

    #[tokio::test]
    async fn the_writer_does_not_run_ahead_of_its_reader() {
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let mut stream = stream(CancellationToken::new(), |emitter| async move {
            for _ in 0..100 {
                emitter.emit(delta("x")).await;
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        assert_eq!(written.load(Ordering::Relaxed), 0);
        for read in 1..=100 {
            assert_eq!(stream.next().await.unwrap().unwrap(), delta("x"));
            let ahead = written.load(Ordering::Relaxed) - (read - 1);
            assert!(ahead <= 2, "{ahead} events ahead after {read}");
        }
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn a_request_that_was_cancelled_before_it_began_does_nothing() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let mut stream = stream(cancel, |emitter| async move {
            emitter.emit(delta("never")).await;
            Ok(())
        });
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Cancelled, false));
        assert!(stream.next().await.is_none());
    }
}
