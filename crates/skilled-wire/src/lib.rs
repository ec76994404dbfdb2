//! The HTTP interface as types: what servers write and clients read.
//!
//! The interface is that of Claude's hosted API, in its three generations: one object carries the fields of all of them
//! where they differ, so that each client finds its own. Where a client and the hosted service may send fields that
//! this crate does not know, they are passed over when they are read; what a server receives is parsed strictly, with
//! the place of the fault.
//!
//! This crate must never do input or output: no HTTP library, no clock, no environment.
//!
//! ```
//! use skilled_wire::{ErrorBody, ErrorType};
//!
//! let body = ErrorBody::new(ErrorType::NotFound, "Not found");
//! assert_eq!(
//!     serde_json::to_string(&body)?,
//!     r#"{"type":"error","error":{"type":"not_found_error","message":"Not found"},"request_id":null}"#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

mod batch;
mod batches;
mod count;
mod count_tokens;
mod error;
mod file;
mod id;
pub mod messages;
mod model;
mod page;
mod skill;
mod tag;
mod time;

pub use batch::{
    BATCH_ENTRY_ID_MAX, Batch, BatchCounts, BatchResult, BatchResultLine, BatchStatus, DeletedBatch,
};
pub use batches::{BATCH_ENTRIES_MAX, BatchEntry, CreateBatch};
pub use count::TokenCount;
pub use count_tokens::CountTokensRequest;
pub use error::{ErrorBody, ErrorDetails, ErrorObject, ErrorType, code};
pub use file::{DeletedFile, FileObject, FileScope};
pub use id::{
    Batch as BatchKind, BatchId, Container as ContainerKind, ContainerId, File as FileKind, FileId,
    Key as KeyKind, KeyId, Message as MessageKind, MessageId, Request as RequestKind, RequestId,
    ServerToolUse as ServerToolUseKind, ServerToolUseId, Skill as SkillKind, SkillId,
    SkillVersion as SkillVersionKind, SkillVersionId, Workspace as WorkspaceKind, WorkspaceId,
};
pub use model::{Lifecycle, ModelObject};
pub use page::List;
pub use skill::{DeletedSkill, DeletedSkillVersion, Skill, SkillSource, SkillSourceType, SkillVersion};
pub use tag::types;
pub use time::{ParseTimeError, Time};
