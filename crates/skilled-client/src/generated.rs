//! The files that code in a container made, as an answer names them.

use std::collections::HashSet;

use serde_json::Value;
use skilled_message::Block;
use skilled_wire::messages::MessagesResponse;

/// A file that an answer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseFile {
    /// Its id.
    pub file_id: String,
    /// The call that made it; none where it was uploaded into the container.
    pub tool_use_id: Option<String>,
}

/// The files that code in a container made, in the order of the answer, each once.
///
/// They are in the results of the tools that run code, and in `container_upload` blocks. Their names are not there:
/// [`crate::Files::metadata`] has them.
pub fn response_files(answer: &MessagesResponse) -> Vec<ResponseFile> {
    files_of(&answer.content)
}

pub(crate) fn files_of(blocks: &[Block]) -> Vec<ResponseFile> {
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for block in blocks {
        let Block::Other(value) = block else { continue };
        let kind = block.kind();
        if kind == "container_upload" {
            files.extend(file(value, None));
        } else if kind.ends_with("_tool_result") {
            let tool_use_id = value["tool_use_id"].as_str();
            let items = value["content"]["content"].as_array().into_iter().flatten();
            files.extend(items.filter_map(|item| file(item, tool_use_id)));
        }
    }
    files.retain(|file| seen.insert(file.file_id.clone()));
    files
}

fn file(value: &Value, tool_use_id: Option<&str>) -> Option<ResponseFile> {
    let file_id = value["file_id"].as_str()?.to_owned();
    Some(ResponseFile { file_id, tool_use_id: tool_use_id.map(str::to_owned) })
}
