//! Threads: conversations that the server keeps.
//!
//! A client that creates a thread sends only what is new from its second request on, under the id of the answer before. Each
//! answer can be continued once. What is kept is the request as it would be without a thread.

use bytes::Bytes;
use serde_json::Value;
use skilled_message::{Block, Message, Role};
use skilled_store::{Continue, ThreadRecord};
use skilled_wire::code;
use skilled_wire::messages::{ContainerRequest, ContainerSpec, MessagesRequest, Thread};

use super::plan::Plan;
use crate::{AppState, Client, Fault};

/// How long a conversation is kept.
const KEPT: u64 = 30 * 24 * 60 * 60 * 1000;
/// How long an answer may take; then another may continue what it continues.
const LEASE: u64 = 60 * 60 * 1000;
/// The largest conversation that is kept, in bytes.
const LARGEST: u64 = 64 << 20;

/// What is to become of the conversation when the answer is there.
pub(super) enum Kept {
    /// Nothing.
    No,
    /// It begins with this answer.
    Created,
    /// It went on after this answer, which is claimed.
    Continued {
        /// The id of that answer.
        previous: String,
        /// The id of the new answer, which holds the claim.
        holder: String,
    },
}

/// Returns the request as it would be without a thread.
pub(super) async fn unfold(
    app: &AppState,
    client: &Client,
    mut request: MessagesRequest,
    id: &str,
) -> Result<(MessagesRequest, Kept), Fault> {
    match request.thread.take() {
        None => Ok((request, Kept::No)),
        Some(Thread::Create) => Ok((request, Kept::Created)),
        Some(Thread::Continue { previous_message_id }) => {
            let now = app.now();
            let begun =
                app.records.begin_continue(&client.workspace, &previous_message_id, id, now, now + LEASE);
            let begun = begun.await?;
            let record = match begun {
                Continue::Begun(record) => record,
                Continue::NotFound => {
                    let id = crate::query::shown(&previous_message_id);
                    return Err(Fault::not_found(format!("No thread has the message `{id}`."))
                        .with_code(code::THREAD_NOT_FOUND));
                }
                Continue::AlreadyContinued { .. } => {
                    return Err(Fault::invalid("This message was continued already.")
                        .with_code(code::THREAD_ALREADY_CONTINUED));
                }
                Continue::InFlight => {
                    return Err(Fault::invalid("This message is being continued.")
                        .with_code(code::THREAD_CONTINUE_IN_FLIGHT));
                }
            };
            let kept = Kept::Continued { previous: previous_message_id, holder: id.to_owned() };
            match joined(app, request, &record).await {
                Ok(request) => Ok((request, kept)),
                Err(fault) => {
                    kept.give_up(app, client).await;
                    Err(fault)
                }
            }
        }
    }
}

/// Puts what was said before what is new; of everything else, what is new holds.
async fn joined(
    app: &AppState,
    new: MessagesRequest,
    record: &ThreadRecord,
) -> Result<MessagesRequest, Fault> {
    use futures_util::StreamExt as _;
    let open = app.blobs.open(&record.conversation, None).await?;
    let mut open =
        open.ok_or_else(|| Fault::not_found("The thread is gone.").with_code(code::THREAD_NOT_FOUND))?;
    let mut bytes = Vec::new();
    while let Some(piece) = open.bytes.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| Fault::internal(&error))?);
    }
    let mut before: MessagesRequest =
        serde_json::from_slice(&bytes).map_err(|error| Fault::internal(&error))?;
    let of_record = || record.container_id.clone().map(ContainerRequest::Id);
    before.messages.extend(new.messages);
    Ok(MessagesRequest {
        messages: before.messages,
        tools: if new.tools.is_empty() { before.tools } else { new.tools },
        container: new.container.or_else(of_record).or(before.container),
        system: new.system.or(before.system),
        tool_choice: new.tool_choice.or(before.tool_choice),
        thinking: new.thinking.or(before.thinking),
        output_config: new.output_config.or(before.output_config),
        output_format: new.output_format.or(before.output_format),
        thread: None,
        ..MessagesRequest {
            messages: Vec::new(),
            tools: Vec::new(),
            container: None,
            system: None,
            tool_choice: None,
            thinking: None,
            output_config: None,
            output_format: None,
            ..new
        }
    })
}

impl Kept {
    /// Keeps the conversation under the id of its answer, which is what the model and the server have said.
    pub(super) async fn keep(
        self,
        app: &AppState,
        client: &Client,
        id: &str,
        plan: &Plan,
        content: Vec<Block>,
    ) {
        let previous = match self {
            Self::No => return,
            Self::Created => None,
            Self::Continued { previous, .. } => Some(previous),
        };
        let mut request = plan.request.clone();
        request.messages.push(Message::new(Role::Assistant, content));
        if let Some(container) = &plan.container {
            // It goes on in the same container, whose skills stay.
            request.container =
                Some(ContainerRequest::Spec(ContainerSpec { id: Some(container.id.clone()), skills: None }));
        }
        if let Err(fault) = write(app, client, id, plan, &request, previous.as_deref()).await {
            tracing::error!(message = id, status = fault.status().as_u16(), "a conversation was not kept");
        }
    }

    /// The answer did not come: what was claimed can be continued again.
    pub(super) async fn give_up(self, app: &AppState, client: &Client) {
        if let Self::Continued { previous, holder } = self
            && let Err(error) = app.records.abort_continue(&client.workspace, &previous, &holder).await
        {
            tracing::warn!(error = %error, "a thread stays claimed");
        }
    }
}

async fn write(
    app: &AppState,
    client: &Client,
    id: &str,
    plan: &Plan,
    request: &MessagesRequest,
    previous: Option<&str>,
) -> Result<(), Fault> {
    let value: Value = serde_json::to_value(request).map_err(|error| Fault::internal(&error))?;
    let bytes = Bytes::from(value.to_string());
    let body = Box::pin(futures_util::stream::once(async move { Ok(bytes) }));
    let now = app.now();
    let put = app.blobs.put(body, LARGEST, now).await?;
    let record = ThreadRecord {
        message_id: id.to_owned(),
        workspace: client.workspace.to_string(),
        conversation: put.digest,
        container_id: plan.container.as_ref().map(|container| container.id.clone()),
        created_at: now,
        expires_at: now + KEPT,
        continued_by: None,
    };
    match previous {
        None => app.records.create_thread(record).await?,
        Some(previous) => app.records.finish_continue(&client.workspace, previous, id, record).await?,
    }
    Ok(())
}
