//! Messages.

use std::borrow::Cow;

use skilled_wire::messages::{MessagesRequest, MessagesResponse};
use skilled_wire::{CountTokensRequest, TokenCount};

use crate::call::{Accept, Call};
use crate::{Client, MessageStream, Result};

/// `/v1/messages`
#[derive(Debug, Clone, Copy)]
pub struct Messages<'a>(&'a Client);

impl<'a> Messages<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Asks for an answer as a whole. Long ones are better streamed: this is silent until the last word, and the server
    /// may refuse it where much may be written.
    pub async fn create(&self, request: &MessagesRequest) -> Result<MessagesResponse> {
        self.0.json(Call::post_json(self.0.url(&["messages"])?, &*with_stream(request, false))?).await
    }

    /// Asks for an answer as it is made.
    pub async fn stream(&self, request: &MessagesRequest) -> Result<MessageStream> {
        let call = Call::post_json(self.0.url(&["messages"])?, &*with_stream(request, true))?;
        let response = self.0.send(&call.accepting(Accept::Events)).await?;
        MessageStream::of(response, self.0.options().idle_timeout)
    }

    /// Counts the tokens of a request.
    pub async fn count_tokens(&self, request: &CountTokensRequest) -> Result<TokenCount> {
        self.0.json(Call::post_json(self.0.url(&["messages", "count_tokens"])?, request)?).await
    }
}

fn with_stream(request: &MessagesRequest, stream: bool) -> Cow<'_, MessagesRequest> {
    if request.stream == stream {
        Cow::Borrowed(request)
    } else {
        Cow::Owned(MessagesRequest { stream, ..request.clone() })
    }
}
