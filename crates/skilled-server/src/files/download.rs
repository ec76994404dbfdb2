//! `GET …/content`: what is in a file, or a part of it.

use std::fmt::Write as _;
use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use skilled_wire::code;

use super::no_file;
use crate::auth::text;
use crate::query::{Query, shown};
use crate::{AppState, Client, Fault};

pub(super) async fn content(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Fault> {
    Query::read(request.uri().query(), &[])?;
    let file = app.records.file(&client.workspace, &id).await?.ok_or_else(|| no_file(&id))?;
    if file.expires_at.is_some_and(|at| at <= app.now()) || file.released_at.is_some() {
        let message = format!("File `{}` has expired.", file.id);
        return Err(Fault::not_found(message).with_code(code::FILE_EXPIRED));
    }
    if !file.downloadable {
        let message = format!("File '{}' is not downloadable", file.id);
        return Err(Fault::invalid(message).with_code(code::FILE_NOT_DOWNLOADABLE));
    }
    let tag = format!("\"{}\"", file.content);
    if text(&headers, header::IF_NONE_MATCH.as_str()).is_some_and(|tags| tags == "*" || tags.contains(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let same = text(&headers, header::IF_RANGE.as_str()).is_none_or(|known| known == tag);
    let wanted = text(&headers, header::RANGE.as_str()).filter(|_| same);
    let range = match wanted.map(|wanted| part(wanted, file.size_bytes)) {
        Some(Part::Some(range)) => Some(range),
        Some(Part::None) => {
            let message = format!("range: '{}' is outside of the file", shown(wanted.unwrap_or_default()));
            let mut response =
                Fault::invalid(message).with_status(StatusCode::RANGE_NOT_SATISFIABLE).into_response();
            if let Ok(size) = format!("bytes */{}", file.size_bytes).parse() {
                response.headers_mut().insert(header::CONTENT_RANGE, size);
            }
            return Ok(response);
        }
        Some(Part::All) | None => None,
    };
    let opened = app.blobs.open(&file.content, range.clone()).await?;
    let opened = opened.ok_or_else(|| {
        Fault::internal(&std::io::Error::other(format!("the content of {} is missing", file.id)))
    })?;
    let length = opened.range.end - opened.range.start;
    let mut headers = vec![
        (header::CONTENT_TYPE, file.mime_type.clone()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, disposition(&file.filename)),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        // It is data, whatever a browser may see in it.
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    let status = if range.is_some() {
        let Range { start, end } = opened.range;
        headers.push((
            header::CONTENT_RANGE,
            format!("bytes {start}-{}/{}", end.saturating_sub(1), opened.total),
        ));
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let mut response = (status, Body::from_stream(opened.bytes)).into_response();
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// What a `Range` asks for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// This part.
    Some(Range<u64>),
    /// Everything: it is no range, or several, which nobody has to answer (RFC 9110, section 14.2).
    All,
    /// A part that the file does not have.
    None,
}

fn part(header: &str, size: u64) -> Part {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Part::All;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if last.is_empty() => first..size,
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        _ => return Part::All,
    };
    if range.start < range.end { Part::Some(range) } else { Part::None }
}

/// `attachment` with the name: plain for old clients, whole for others (RFC 6266).
fn disposition(filename: &str) -> String {
    let plain: String = filename
        .chars()
        .map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in filename.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (header, expected) in [
            ("bytes=0-3", Part::Some(0..4)),
            ("bytes=3-", Part::Some(3..10)),
            ("bytes=-3", Part::Some(7..10)),
            ("bytes=-30", Part::Some(0..10)),
            ("bytes=5-100", Part::Some(5..10)),
            ("bytes=10-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=5-3", Part::All),
            ("bytes=0-1,3-4", Part::All),
            ("lines=0-1", Part::All),
            ("bytes=-", Part::All),
        ] {
            assert_eq!(part(header, 10), expected, "{header}");
        }
    }

    #[test]
    fn names_cannot_end_the_header() {
        assert_eq!(disposition("a\"b.txt"), "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt");
        assert_eq!(disposition("é"), "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9");
    }
}
