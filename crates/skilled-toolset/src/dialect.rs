//! The names by which a model calls the operations, and the words of their results.

mod bash;
pub mod code_execution;
mod create_file;
mod input;
mod present_files;
mod str_replace;
mod view;

use std::sync::Arc;

use skilled_sandbox::FileError;
use skilled_tool::Tool;

use crate::Operations;
use crate::operations::is_missing;
use crate::text::shown;

/// Returns the tools `bash`, `create_file`, `present_files`, `str_replace` and `view` over `operations`.
///
/// Their definitions name the paths and bounds of this session, and are the same bytes for the same layout and options.
pub fn tools(operations: &Arc<Operations>) -> Vec<Arc<dyn Tool>> {
    vec![
        Arc::new(bash::Bash::new(Arc::clone(operations))),
        Arc::new(create_file::CreateFile::new(Arc::clone(operations))),
        Arc::new(present_files::PresentFiles::new(Arc::clone(operations))),
        Arc::new(str_replace::StrReplace::new(Arc::clone(operations))),
        Arc::new(view::View::new(Arc::clone(operations))),
    ]
}

/// Returns the path, or says that there is none.
fn not_empty<'a>(path: &'a str, what: &str) -> Result<&'a str, String> {
    if path.trim().is_empty() {
        Err(format!("The path is empty: give the path of {what}."))
    } else {
        Ok(path)
    }
}

/// Words the failure to use a file, and names files that may have been meant.
async fn file_failed(operations: &Operations, path: &str, error: &FileError) -> String {
    let said = shown(&error.to_string());
    if !is_missing(error) {
        return format!("{said}.");
    }
    let near = operations.near(path).await;
    if near.is_empty() {
        format!("{said}. View its folder to see what there is.")
    } else {
        let near: Vec<String> = near.iter().map(|path| shown(path)).collect();
        format!("{said}. Did you mean {}?", near.join(" or "))
    }
}
