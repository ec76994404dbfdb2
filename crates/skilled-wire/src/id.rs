//! The ids of the interface.

use skilled_message::{Id, Prefix};

macro_rules! ids {
    ($($(#[$about:meta])* $kind:ident, $id:ident = $prefix:literal;)*) => {
        $(
            #[doc = concat!("The kind of [`", stringify!($id), "`].")]
            #[derive(Debug)]
            pub enum $kind {}

            impl Prefix for $kind {
                const PREFIX: &'static str = $prefix;
            }

            $(#[$about])*
            pub type $id = Id<$kind>;
        )*
    };
}

ids! {
    /// Names a skill. Skills that come with the server have ids without a prefix, such as `xlsx`.
    Skill, SkillId = "skill";
    /// Names a version of a skill.
    SkillVersion, SkillVersionId = "skver";
    /// Names a file.
    File, FileId = "file";
    /// Names a container.
    Container, ContainerId = "container";
    /// Names an answer.
    Message, MessageId = "msg";
    /// Names a batch of messages.
    Batch, BatchId = "msgbatch";
    /// Names a call of a tool that the server runs.
    ServerToolUse, ServerToolUseId = "srvtoolu";
    /// Names a request, in the header `request-id` and in errors.
    Request, RequestId = "req";
    /// Names a key, not the secret.
    Key, KeyId = "key";
    /// Names a workspace.
    Workspace, WorkspaceId = "wrkspc";
}
