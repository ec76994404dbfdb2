//! Conversations stay in their container.

use serde_json::json;
use skilled_client::{Conversation, skill};

use crate::kit::{Place, container, message, request};

#[tokio::test]
async fn the_container_is_carried_along_with_its_skills() {
    let place = Place::new();
    let text = json!([{ "type": "text", "text": "Done." }]);
    place.answers(&message("end_turn", &text, &container("container_1")));
    place.streams(&message("end_turn", &text, &json!(null)));
    place.answers(&message("end_turn", &text, &container("container_2")));
    let mut conversation = Conversation::new(request());
    conversation.add_skills([skill("xlsx"), skill("skill_1@skver_2"), skill("xlsx")]);
    conversation.attach("file_1");
    conversation.say("Go on.");
    conversation.send(&place.client).await.unwrap();
    assert_eq!(conversation.container(), Some("container_1"));
    conversation.say("More.");
    let mut events = 0;
    conversation.stream(&place.client, |_| events += 1).await.unwrap();
    assert!(events > 4, "{events}");
    conversation.leave_container();
    conversation.say("Elsewhere.");
    conversation.send(&place.client).await.unwrap();

    let skills = json!([
        { "type": "anthropic", "skill_id": "xlsx", "version": "latest" },
        { "type": "custom", "skill_id": "skill_1", "version": "skver_2" },
    ]);
    let sent: Vec<_> = place.server.requests().iter().map(skilled_testkit::Recorded::json).collect();
    assert_eq!(sent[0]["container"], json!({ "skills": skills }));
    assert_eq!(sent[0]["tools"], json!([{ "type": "code_execution_20250825", "name": "code_execution" }]));
    let said =
        json!([{ "type": "container_upload", "file_id": "file_1" }, { "type": "text", "text": "Go on." }]);
    assert_eq!(sent[0]["messages"], json!([{ "role": "user", "content": said }]));
    // An answer without a container does not take it away.
    assert_eq!(sent[1]["container"], json!({ "id": "container_1", "skills": skills }));
    assert_eq!(sent[1]["messages"][1], json!({ "role": "assistant", "content": text }));
    assert_eq!(sent[2]["container"], json!({ "skills": skills }));
    assert_eq!(conversation.container(), Some("container_2"));
}

#[tokio::test]
async fn a_failed_request_leaves_the_conversation_as_it_was() {
    let place = Place::new();
    place.fails(400, &crate::kit::error("invalid_request_error", "no"));
    let mut conversation = Conversation::new(request());
    conversation.say("Hi.");
    let before = conversation.clone();
    conversation.send(&place.client).await.unwrap_err();
    assert_eq!(conversation, before);
}
