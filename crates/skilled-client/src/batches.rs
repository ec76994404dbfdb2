//! Batches of messages.

use bytes::BytesMut;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use reqwest::Url;
use skilled_wire::{Batch, BatchResultLine, CreateBatch, DeletedBatch};

use crate::body::{Chunks, chunks};
use crate::call::{Accept, Call, request_id};
use crate::pages::Style;
use crate::{Client, Error, Pages, Result};

/// The longest line of results: an answer with some images in it.
const LINE_LIMIT: usize = 64 << 20;

/// `/v1/messages/batches`
#[derive(Debug, Clone, Copy)]
pub struct Batches<'a>(&'a Client);

/// The results of a batch, line by line as they come.
pub struct Results {
    chunks: Chunks,
    line: BytesMut,
    /// How much of `line` has no end of a line.
    searched: usize,
    request_id: Option<String>,
    ended: bool,
}

impl<'a> Batches<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Hands in requests that are answered in their time.
    pub async fn create(&self, batch: &CreateBatch) -> Result<Batch> {
        self.0.json(Call::post_json(self.0.url(&["messages", "batches"])?, batch)?).await
    }

    /// Where a batch is.
    pub async fn retrieve(&self, batch: &str) -> Result<Batch> {
        self.0.json(Call::get(self.0.url(&["messages", "batches", batch])?)).await
    }

    /// All batches, newest first.
    pub fn list(&self) -> Result<Pages<Batch>> {
        let url = self.0.url(&["messages", "batches"])?;
        Ok(Pages::new(self.0, url, &[("limit", "100".to_owned())], Style::PageOrId))
    }

    /// Asks for the end of a batch. What was begun is still answered.
    pub async fn cancel(&self, batch: &str) -> Result<Batch> {
        self.0.json(Call::post(self.0.url(&["messages", "batches", batch, "cancel"])?)).await
    }

    /// Deletes a batch that has ended.
    pub async fn delete(&self, batch: &str) -> Result<DeletedBatch> {
        self.0.json(Call::delete(self.0.url(&["messages", "batches", batch])?)).await
    }

    /// The results of a batch that has ended.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] for a batch that has not ended.
    pub async fn results(&self, batch: &str) -> Result<Results> {
        let found = self.retrieve(batch).await?;
        let Some(results_url) = found.results_url else {
            return Err(Error::unexpected("the batch has not ended: it has no results yet", None));
        };
        let url = match self.named(&results_url) {
            Some(url) => url,
            None => self.0.url(&["messages", "batches", batch, "results"])?,
        };
        let response = self.0.send(&Call::get(url).accepting(Accept::Content)).await?;
        Ok(Results {
            request_id: request_id(response.headers()),
            chunks: chunks(response, self.0.options().idle_timeout),
            line: BytesMut::new(),
            searched: 0,
            ended: false,
        })
    }

    /// The address that the server names, if the key may go there: a server behind a proxy may not know its own.
    fn named(self, results_url: &str) -> Option<Url> {
        let url = self.0.base().join(results_url).ok()?;
        (url.origin() == self.0.base().origin()).then_some(url)
    }
}

impl Results {
    /// The next result; none at the end.
    pub async fn next(&mut self) -> Option<Result<BatchResultLine>> {
        loop {
            let line = match self.next_line().await? {
                Ok(line) => line,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            };
            if !line.trim_ascii().is_empty() {
                let read = serde_json::from_slice(&line);
                return Some(read.map_err(|error| Error::unexpected(error, self.request_id.clone())));
            }
        }
    }

    /// The results as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<BatchResultLine>> + Send {
        stream::unfold(self, |mut results| async move { results.next().await.map(|line| (line, results)) })
    }

    async fn next_line(&mut self) -> Option<Result<BytesMut>> {
        loop {
            if let Some(at) = self.line[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.line.split_to(self.searched + at + 1);
                self.searched = 0;
                return Some(Ok(line));
            }
            self.searched = self.line.len();
            if self.ended {
                return None;
            }
            match self.chunks.next().await {
                Some(Ok(bytes)) if self.line.len() + bytes.len() > LINE_LIMIT => {
                    return Some(Err(Error::TooLarge { what: "a result", limit: LINE_LIMIT as u64 }));
                }
                Some(Ok(bytes)) => self.line.extend_from_slice(&bytes),
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.ended = true;
                    let rest = std::mem::take(&mut self.line);
                    self.searched = 0;
                    return (!rest.is_empty()).then_some(Ok(rest));
                }
            }
        }
    }
}

impl std::fmt::Debug for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Results").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
