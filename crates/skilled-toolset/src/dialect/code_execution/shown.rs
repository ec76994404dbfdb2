//! What the model sees of a result: a function of the result's data alone.

use std::fmt::Write as _;

use serde_json::Value;
use skilled_message::Block;

use crate::text::numbered;

/// Returns what the model sees of the `content` of a result block, and whether the call failed.
///
/// Data of another shape, as a client may send it, is shown as it is.
pub fn shown(content: &Value) -> (Vec<Block>, bool) {
    let kind = content["type"].as_str().unwrap_or_default();
    match kind {
        "bash_code_execution_result" | "code_execution_result" => ran(content),
        "text_editor_code_execution_view_result" => (vec![viewed(content)], false),
        "text_editor_code_execution_create_result" => {
            let text = if content["is_file_update"] == true {
                "The file was replaced."
            } else {
                "The file was made."
            };
            (vec![Block::text(text)], false)
        }
        "text_editor_code_execution_str_replace_result" => (vec![Block::text(replaced(content))], false),
        _ if kind.ends_with("_tool_result_error") => (vec![Block::text(error(content))], true),
        _ => (vec![Block::text(content.to_string())], false),
    }
}

fn ran(content: &Value) -> (Vec<Block>, bool) {
    let text = |key: &str| content[key].as_str().unwrap_or_default();
    let mut out = text("stdout").to_owned();
    if out.trim().is_empty() {
        out.clear();
    }
    if !text("stderr").trim().is_empty() {
        on_new_line(&mut out);
        out.push_str("[stderr]\n");
        out.push_str(text("stderr"));
    }
    let code = content["return_code"].as_i64().unwrap_or(0);
    if code != 0 {
        on_new_line(&mut out);
        let _ = write!(out, "[exit status {code}]");
    } else if out.is_empty() {
        out.push_str("(no output)");
    }
    (vec![Block::text(out)], code != 0)
}

fn viewed(content: &Value) -> Block {
    let text = content["content"].as_str().unwrap_or_default();
    if content["file_type"] == "image" {
        return Block::image_base64(media_type_of(text), text);
    }
    let Some(first) = content["start_line"].as_u64() else { return Block::text(text) };
    let mut out = String::new();
    let mut number = first;
    for line in text.lines() {
        numbered(&mut out, number, line);
        number += 1;
    }
    let total = content["total_lines"].as_u64().unwrap_or(0);
    if total == 0 {
        out.push_str("(the file is empty)");
    } else if number <= total || first > 1 {
        let last = number.saturating_sub(1);
        let _ = write!(out, "[Lines {first} to {last} of {total} are shown.]");
    }
    Block::text(out)
}

/// The type of an image, by the beginning of its base64: the API has no field for it.
fn media_type_of(base64: &str) -> &'static str {
    match base64.as_bytes() {
        [b'/', b'9', b'j', b'/', ..] => "image/jpeg",
        [b'R', b'0', b'l', b'G', ..] => "image/gif",
        [b'U', b'k', b'l', b'G', ..] => "image/webp",
        _ => "image/png",
    }
}

fn replaced(content: &Value) -> String {
    let mut out = String::from("The file was changed:\n");
    for line in content["lines"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn error(content: &Value) -> String {
    if let Some(message) = content["error_message"].as_str() {
        return message.to_owned();
    }
    match content["error_code"].as_str().unwrap_or("unknown") {
        "execution_time_exceeded" => {
            "It took longer than it may and was stopped, with everything it had started. Start \
            longer work in the background, with its output in a file, and look at that later."
                .to_owned()
        }
        "output_file_too_large" => "A file that it made is too large to be handed over.".to_owned(),
        code => format!("It was not run: {code}."),
    }
}

fn on_new_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}
