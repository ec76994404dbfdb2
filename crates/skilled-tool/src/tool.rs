//! Tools and calls of them.

use std::future::{Future, ready};
use std::pin::Pin;

use serde_json::Value;
use skilled_message::ToolDefinition;
use tokio_util::sync::CancellationToken;

use crate::Outcome;

/// What a call will give back.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// What became of a call.
pub type RecoverFuture<'a> = Pin<Box<dyn Future<Output = Option<Outcome>> + Send + 'a>>;

/// Something a model can call.
///
/// An implementation never fails the run: whatever goes wrong is an [`Outcome`] with `is_error`, in words that help the
/// model to do better. When the call's token is cancelled it stops its work (processes included) and returns soon.
pub trait Tool: Send + Sync {
    /// Returns the definition that the model sees. Always the same bytes.
    fn definition(&self) -> &ToolDefinition;

    /// Returns what a call with `input` may change. Calls that only read may run beside each other.
    fn effect(&self, input: &Value) -> Effect;

    /// Does it.
    fn call(&self, call: Call) -> CallFuture<'_>;

    /// Finds out what became of a call whose driver died while it was under way: the operation of that time is awaited
    /// where it still runs, and begun where it never was. None when nobody can know; nothing is done then.
    fn recover(&self, _: Call) -> RecoverFuture<'_> {
        Box::pin(ready(None))
    }
}

/// What a call may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    ReadOnly,
    /// Something: it runs alone, in the order in which the model wrote it.
    Mutating,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The id of the operation: unique in the session, chosen by the loop before the call starts.
    pub operation: String,
    /// The arguments as the model wrote them; not validated.
    pub input: Value,
    /// Cancelled when the result is no longer wanted.
    pub cancel: CancellationToken,
}
