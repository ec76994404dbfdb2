//! The objects of skills, files, models and batches.

use serde_json::{Value, json};
use skilled_wire::{
    Batch, BatchResult, BatchResultLine, ErrorBody, ErrorType, FileObject, List, ModelObject, Skill,
    SkillSource, SkillSourceType, SkillVersion, Time, code,
};

/// Reads and writes again.
fn again<T: serde::de::DeserializeOwned + serde::Serialize>(value: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(value.clone()).unwrap()).unwrap()
}

#[test]
fn every_generation_of_a_skill_is_read_and_written() {
    let both = json!({
        "id": "skill_01", "type": "skill", "display_name": "My skill", "display_title": "My skill",
        "latest_version_id": "skver_01", "latest_version": "1759178010641129", "source": {"type": "custom"},
        "created_at": "2026-11-20T00:00:00Z", "updated_at": "2026-11-20T00:00:00.5Z",
    });
    assert_eq!(again::<Skill>(&both), both);
    let mut old = both;
    old["source"] = json!("anthropic_example");
    assert_eq!(again::<Skill>(&old), old);
    let read: Skill = serde_json::from_value(old).unwrap();
    assert_eq!(read.source, SkillSource::Text(SkillSourceType::AnthropicExample));
    assert_eq!(read.updated_at.millis() - read.created_at.millis(), 500);
}

#[test]
fn objects_of_the_hosted_service_that_have_less_are_read() {
    let skill = json!({
        "id": "skill_01A", "type": "skill", "display_name": "a", "latest_version_id": "v", "source": {"type": "plugin"},
        "created_at": "2026-11-20T01:00:00+01:00", "updated_at": "2026-11-20T00:00:00Z", "new_field": [1],
    });
    let skill: Skill = serde_json::from_value(skill).unwrap();
    assert_eq!((skill.latest_version, skill.created_at == skill.updated_at), (None, true));
    let version = json!({
        "id": "v", "type": "skill_version", "skill_id": "s", "name": "n", "description": "d", "created_at": "2026-11-20T00:00:00Z",
    });
    assert_eq!(serde_json::from_value::<SkillVersion>(version).unwrap().directory, None);
    let file = json!({
        "id": "f", "type": "file", "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 3,
        "created_at": "2026-11-20T00:00:00Z",
    });
    assert_eq!(serde_json::from_value::<FileObject>(file).unwrap().downloadable, None);
    let model =
        json!({"id": "m", "type": "model", "display_name": "M", "created_at": "1970-01-01T00:00:00Z"});
    assert_eq!(serde_json::from_value::<ModelObject>(model).unwrap().max_tokens, None);
    let list = json!({"data": ["a"], "next_page": "page_x"});
    let list: List<String> = serde_json::from_value(list).unwrap();
    assert_eq!((list.has_more, list.next_page.as_deref()), (false, Some("page_x")));
}

#[test]
fn another_type_is_another_object() {
    let file = json!({
        "id": "f", "type": "skill", "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 3,
        "created_at": "2026-11-20T00:00:00Z",
    });
    let error = serde_json::from_value::<FileObject>(file).unwrap_err().to_string();
    assert_eq!(error, "invalid value: string \"skill\", expected \"file\"");
}

#[test]
fn a_page_names_its_ends_and_says_whether_there_is_more() {
    let page = List::new(vec!["a".to_owned(), "b".to_owned()], Some("page_2".to_owned()), String::as_str);
    let expected =
        json!({"data": ["a", "b"], "has_more": true, "first_id": "a", "last_id": "b", "next_page": "page_2"});
    assert_eq!(serde_json::to_value(&page).unwrap(), expected);
    let empty = List::new(Vec::<String>::new(), None, String::as_str);
    let expected =
        json!({"data": [], "has_more": false, "first_id": null, "last_id": null, "next_page": null});
    assert_eq!(serde_json::to_value(&empty).unwrap(), expected);
}

#[test]
fn errors_have_the_shape_by_which_clients_choose_their_exception() {
    let mut body = ErrorBody::new(ErrorType::InvalidRequest, "File 'f' is not downloadable")
        .with_code(code::FILE_NOT_DOWNLOADABLE);
    body.request_id = Some("req_1".to_owned());
    let written = json!({
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "File 'f' is not downloadable",
            "details": {"error_code": "file_not_downloadable"},
        },
        "request_id": "req_1",
    });
    assert_eq!(serde_json::to_value(&body).unwrap(), written);
    assert_eq!(again::<ErrorBody>(&written), written);
    let strange =
        json!({"type": "error", "error": {"type": "conflict_error", "message": ""}, "request_id": null});
    let read: ErrorBody = serde_json::from_value(strange).unwrap();
    assert_eq!(read.error.kind, ErrorType::Other("conflict_error".to_owned()));
    // As the hosted service sends it from its edge.
    let bare = json!({"error": {"type": "request_too_large", "message": "m"}});
    assert_eq!(serde_json::from_value::<ErrorBody>(bare).unwrap().error.kind.status(), 413);
}

#[test]
fn every_type_of_error_has_the_text_that_it_is_written_with() {
    for status in [400, 401, 402, 403, 404, 413, 429, 500, 504, 529] {
        let kind = ErrorType::of_status(status);
        assert_eq!(serde_json::to_value(&kind).unwrap(), json!(kind.as_str()));
        assert_eq!(kind.status(), status, "{kind}");
    }
}

#[test]
fn batches_and_their_results_are_read_and_written() {
    let batch = json!({
        "id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress",
        "request_counts": {"processing": 2, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
        "created_at": "2026-11-20T00:00:00Z", "expires_at": "2026-11-21T00:00:00Z", "ended_at": null,
        "cancel_initiated_at": null, "archived_at": null, "results_url": null,
    });
    assert_eq!(again::<Batch>(&batch), batch);
    let line = json!({"custom_id": "a", "result": {"type": "canceled"}});
    assert_eq!(again::<BatchResultLine>(&line), line);
    let result = json!({"type": "succeeded", "message": {"id": "msg_1"}});
    assert_eq!(again::<BatchResult>(&result), result);
}

#[test]
fn times_before_the_epoch_and_words_are_refused() {
    for text in ["yesterday", "1969-12-31T23:59:59Z", "2026-11-20", ""] {
        assert_eq!(text.parse::<Time>().unwrap_err().text, text);
    }
    assert_eq!(Time::from_millis(u64::MAX).to_string(), "9999-12-30T22:00:00Z");
}
