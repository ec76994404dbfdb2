//! How large a request may be.

/// How large a request may be. The length of its body is the caller's to bound, before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting.
    pub depth: usize,
    /// JSON values in all: each takes far more room in memory than on the wire.
    pub values: usize,
    /// Messages.
    pub messages: usize,
    /// Content blocks of all messages together, those in results of tools included.
    pub blocks: usize,
    /// Tools.
    pub tools: usize,
    /// Skills in the container.
    pub skills: usize,
}

impl Default for Limits {
    /// 100 levels, a million values, 100,000 messages, 200,000 blocks, 10,000 tools, 20 skills.
    fn default() -> Self {
        Self { depth: 100, values: 1_000_000, messages: 100_000, blocks: 200_000, tools: 10_000, skills: 20 }
    }
}
