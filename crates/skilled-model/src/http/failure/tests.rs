use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn fail(status: u16, body: &str) -> Failure {
    Failure::from_response(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
}

#[test]
fn statuses_and_codes_become_kinds() {
    let anthropic = |kind: &str, message: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#
        )
    };
    let openai = |code: &str, message: &str| {
        format!(
            r#"{{"error":{{"message":"{message}","type":"invalid_request_error","param":null,"code":{code}}}}}"#
        )
    };
    let cases = [
        (401, anthropic("authentication_error", "x"), ErrorKind::Auth, false),
        (403, anthropic("permission_error", "x"), ErrorKind::Auth, false),
        (400, anthropic("invalid_request_error", "x"), ErrorKind::BadRequest, false),
        (
            400,
            anthropic("invalid_request_error", "prompt is too long: 9 > 8"),
            ErrorKind::ContextTooLong,
            false,
        ),
        (413, anthropic("request_too_large", "x"), ErrorKind::ContextTooLong, false),
        (404, anthropic("not_found_error", "model: x"), ErrorKind::BadRequest, false),
        (408, anthropic("invalid_request_error", "x"), ErrorKind::BadRequest, true),
        (409, anthropic("invalid_request_error", "x"), ErrorKind::BadRequest, true),
        (429, anthropic("rate_limit_error", "x"), ErrorKind::RateLimit, true),
        (500, anthropic("api_error", "x"), ErrorKind::Overloaded, true),
        (529, anthropic("overloaded_error", "x"), ErrorKind::Overloaded, true),
        (400, openai("\"context_length_exceeded\"", "x"), ErrorKind::ContextTooLong, false),
        (400, openai("\"content_filter\"", "x"), ErrorKind::Refused, false),
        (
            400,
            openai("400", "This model's maximum context length is 4096 tokens."),
            ErrorKind::ContextTooLong,
            false,
        ),
        (429, openai("\"insufficient_quota\"", "x"), ErrorKind::RateLimit, false),
        (429, openai("null", "Rate limit reached for maximum context length"), ErrorKind::RateLimit, true),
        (
            500,
            openai("500", "the request exceeds the available context size"),
            ErrorKind::ContextTooLong,
            false,
        ),
        (404, r#"{"error":"model not found"}"#.to_owned(), ErrorKind::BadRequest, false),
        (422, r#"{"detail":[{"loc":["body"]}]}"#.to_owned(), ErrorKind::BadRequest, false),
        (502, "<html>Bad gateway</html>".to_owned(), ErrorKind::Overloaded, true),
    ];
    for (status, body, kind, retry) in cases {
        let failure = fail(status, &body);
        assert_eq!((failure.error.kind, failure.retry), (kind, retry), "{status} {body}");
        assert_eq!(failure.error.status, Some(status));
    }
}

#[test]
fn what_the_provider_said_is_kept() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Spend\nlimit",
        "details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_body"}"#;
    let failure = Failure::from_response(
        StatusCode::TOO_MANY_REQUESTS,
        &headers(&[("request-id", "req_head"), ("retry-after", "7")]),
        body.as_bytes(),
    );
    let error = failure.error;
    assert_eq!(error.code.as_deref(), Some("enforced_spend_limit_reached"));
    assert_eq!(error.request_id.as_deref(), Some("req_head"));
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    assert!(!failure.retry);
    let line = "Spend limit (HTTP 429, enforced_spend_limit_reached, request id req_head)";
    assert_eq!(error.to_string(), line);
}

#[test]
fn the_server_can_overrule_the_status() {
    for (status, header, retry) in [(400, "true", true), (529, "false", false), (529, "maybe", true)] {
        let failure = Failure::from_response(
            StatusCode::from_u16(status).unwrap(),
            &headers(&[("x-should-retry", header)]),
            b"",
        );
        assert_eq!(failure.retry, retry, "{status} {header}");
        assert!(failure.error.message.contains("did not say why"), "{}", failure.error);
    }
}

#[test]
fn a_wait_is_read_in_every_form() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    for (pairs, millis) in [
        (vec![("retry-after", "3")], Some(3000)),
        (vec![("retry-after", "0.5")], Some(500)),
        (vec![("retry-after", "9"), ("retry-after-ms", "250")], Some(250)),
        (vec![("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), date], Some(30_000)),
        (vec![("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), date], Some(0)),
        (vec![("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")], None),
        (vec![("retry-after", "-1")], None),
        (vec![("retry-after", "soon"), date], None),
        (vec![("retry-after", "1e300")], None),
        (vec![], None),
    ] {
        assert_eq!(retry_after(&headers(&pairs)).map(|wait| wait.as_millis()), millis, "{pairs:?}");
    }
}

#[test]
fn failures_that_come_with_200_are_read() {
    let failure = fail(200, r#"{"error":{"message":"no such model","type":"NotFoundError","code":404}}"#);
    assert_eq!((failure.error.kind, failure.error.status), (ErrorKind::BadRequest, Some(404)));
    let failure = fail(200, r#"{"id":"chatcmpl-1","choices":[{"message":{"content":"hi"}}]}"#);
    assert_eq!(failure.error.kind, ErrorKind::Transport);
    assert!(failure.error.message.contains("instead of a stream"));
}

#[test]
fn redirects_are_not_followed_and_name_their_target() {
    let failure =
        Failure::from_response(StatusCode::MOVED_PERMANENTLY, &headers(&[("location", "https://x/v1")]), b"");
    assert_eq!((failure.error.kind, failure.retry), (ErrorKind::Transport, false));
    assert!(failure.error.message.contains("https://x/v1"), "{}", failure.error);
}

#[test]
fn a_long_body_is_cut() {
    let failure = fail(400, &"ä ".repeat(40_000));
    assert_eq!(failure.error.message.chars().count(), 501);
}
