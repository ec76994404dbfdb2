//! Skills.

use std::io::Cursor;

use serde_json::{Value, json};
use skilled_archive::{Archive, Format, Options, Writer};

use crate::kit::{TestServer, form, refused, said, skill_md};

const BETA: (&str, &str) = ("anthropic-beta", "skills-2025-10-02");
const OLD: (&str, &str) = ("anthropic-version", "2023-06-01");

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new()), Format::Zip);
    for (path, data) in files {
        writer.file(path, path.rsplit('.').next() == Some("sh"), data.len() as u64, &mut &data[..]).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

#[tokio::test]
async fn a_skill_goes_all_the_way_and_comes_back_byte_by_byte() {
    let server = TestServer::start().await;
    let skill = skill_md("pdf", "Fills forms.");
    let files: [(&str, &[u8]); 3] = [
        ("pdf/SKILL.md", skill.as_bytes()),
        ("pdf/run.sh", b"#!/bin/sh\n"),
        ("pdf/sub/data.bin", &[0, 255, 13, 10]),
    ];
    let (status, made) = server.upload("/v1/skills", &files, &[]).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!((text(&made, "display_name"), &made["source"]), ("pdf", &json!({"type": "custom"})));
    let path = format!("/v1/skills/{}", text(&made, "id"));
    assert_eq!(said(server.get(&path)).await, (200, made.clone()));
    let (_, version) = said(server.get(&format!("{path}/versions/latest"))).await;
    assert_eq!(text(&version, "id"), text(&made, "latest_version_id"));
    let content = server.get(&format!("{path}/versions/{}/content", text(&version, "version")));
    let content = content.send().await.unwrap().bytes().await.unwrap();
    let mut archive = Archive::open(Cursor::new(content), &Options::default()).unwrap();
    let mut found = Vec::new();
    archive
        .visit(|entry, content| {
            let mut data = Vec::new();
            content.read_to_end(&mut data)?;
            found.push((entry.path.clone(), data));
            Ok(())
        })
        .unwrap();
    let mut expected: Vec<_> = files.iter().map(|(path, data)| ((*path).to_owned(), data.to_vec())).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);

    let newer = zip(&[("SKILL.md", skill_md("pdf", "Fills more.").as_bytes())]);
    let (status, second) = server.upload(&format!("{path}/versions"), &[("a.zip", &newer)], &[]).await;
    assert_eq!((status, text(&second, "description")), (200, "Fills more."), "{second}");
    let (_, versions) = said(server.get(&format!("{path}/versions"))).await;
    assert_eq!(versions["data"], json!([second, version]));
    let other = skill_md("other", "x");
    let (status, refused) =
        server.upload(&format!("{path}/versions"), &[("other/SKILL.md", other.as_bytes())], &[]).await;
    assert_eq!(status, 400, "{refused}");
    let gone = json!({"id": second["id"], "type": "skill_version_deleted"});
    assert_eq!(said(server.delete(&format!("{path}/versions/{}", text(&second, "id")))).await, (200, gone));
    assert_eq!(text(&said(server.get(&path)).await.1, "latest_version_id"), text(&version, "id"));
    assert_eq!(said(server.delete(&path)).await, (200, json!({"id": made["id"], "type": "skill_deleted"})));
    assert_eq!(said(server.get(&path)).await.0, 404);
}

#[tokio::test]
async fn older_clients_have_their_own_shape_and_rules() {
    let server = TestServer::start().await;
    let skill = skill_md("pdf", "Fills forms.");
    let files = [("pdf/SKILL.md", skill.as_bytes())];
    let old = |request: reqwest::RequestBuilder| request.header(BETA.0, BETA.1);
    let (status, made) = server.upload("/v1/skills", &files, &[BETA]).await;
    assert_eq!(status, 200, "{made}");
    let path = format!("/v1/skills/{}", text(&made, "id"));
    let shown = server.plain(reqwest::Method::GET, &path).header(OLD.0, OLD.1).header(BETA.0, BETA.1);
    let (_, shown) = said(shown).await;
    assert_eq!((text(&shown, "source"), text(&shown, "display_title")), ("custom", "pdf"));
    let epoch = text(&shown, "latest_version").to_owned();
    assert_eq!(epoch.len(), 16);
    let (status, again) = server.upload("/v1/skills", &files, &[BETA]).await;
    let message = again["error"]["message"].as_str().unwrap();
    assert!(status == 400 && message.starts_with("Skill cannot reuse an existing display_title:"), "{again}");
    let (status, flat) =
        server.upload("/v1/skills", &[("a.zip", &zip(&[("SKILL.md", skill.as_bytes())]))], &[BETA]).await;
    let said_of_flat = "Zip must contain a top-level folder with all files inside it, including SKILL.md";
    assert_eq!((status, &flat["error"]["message"]), (400, &json!(said_of_flat)));
    let (_, misnamed) = server.upload("/v1/skills", &[("x/SKILL.md", skill.as_bytes())], &[BETA]).await;
    let said_of_name = "The folder name 'x' must match the skill name 'pdf' in SKILL.md.";
    assert_eq!(misnamed["error"]["message"], json!(said_of_name));
    assert_eq!(refused(old(server.delete(&path))).await.0, 400);
    let version = format!("{path}/versions/{epoch}");
    let gone = json!({"id": epoch, "type": "skill_version_deleted"});
    assert_eq!(said(old(server.delete(&version))).await, (200, gone));
    assert_eq!(said(old(server.delete(&path))).await.0, 200);
}

#[tokio::test]
async fn lists_have_uploads_first_and_what_comes_with_the_server_last() {
    let server = TestServer::start().await;
    for name in ["a", "b"] {
        let skill = skill_md(name, "x");
        assert_eq!(server.upload("/v1/skills", &[("SKILL.md", skill.as_bytes())], &[]).await.0, 200);
    }
    let mut names = Vec::new();
    let mut page = "/v1/skills?limit=1".to_owned();
    loop {
        let (_, list) = said(server.get(&page)).await;
        names.extend(
            list["data"].as_array().unwrap().iter().map(|skill| text(skill, "display_name").to_owned()),
        );
        let Some(next) = list["next_page"].as_str() else { break };
        page = format!("/v1/skills?limit=1&page={next}");
    }
    assert_eq!(names, ["b", "a", "tables"]);
    let (_, own) = said(server.get("/v1/skills?source=anthropic")).await;
    assert_eq!(
        (text(&own["data"][0], "id"), text(&own["data"][0], "latest_version_id").len()),
        ("tables", 8)
    );
    assert_eq!(said(server.get("/v1/skills/tables/versions/latest/content")).await.0, 200);
    assert_eq!(refused(server.delete("/v1/skills/tables")).await.0, 403);
    assert_eq!(refused(server.get("/v1/skills?source=other")).await.0, 400);
    assert_eq!(refused(server.get("/v1/skills?page=page_builtin.9")).await.0, 400);
}

#[tokio::test]
async fn uploads_that_are_no_skill_are_refused_and_leave_nothing() {
    type Files<'a> = Vec<(&'a str, &'a [u8])>;
    let server = TestServer::start().await;
    let skill = skill_md("a", "x");
    let md = skill.as_bytes();
    let claude = skill_md("my-claude", "x");
    let tagged = skill_md("a", "'<b>x</b>'");
    let cases: Vec<(Files<'_>, &str)> = vec![
        (vec![("a/readme.md", md)], "SKILL.md not found"),
        (vec![("a/SKILL.md", md), ("b/x", b"")], "same top-level folder"),
        (vec![("a/SKILL.md", md), ("a/../../x", b"")], "archive-name-escapes"),
        (vec![("/a/SKILL.md", md)], "absolute"),
        (vec![("a/SKILL.md", md), ("a/X", b""), ("a/x", b"")], "one path on many systems"),
        (vec![("a/SKILL.md", md), ("a/\u{e9}", b""), ("a/e\u{301}", b"")], "one path on many systems"),
        (vec![("a/SKILL.md", b"no front matter")], "does not start with"),
        (vec![("a/SKILL.md", claude.as_bytes())], "reserved word claude"),
        (vec![("a/SKILL.md", tagged.as_bytes())], "XML tags"),
        (vec![("a.zip", b"PK\x03\x04 damaged")], "files: "),
    ];
    for (files, why) in cases {
        let (status, body) = server.upload("/v1/skills", &files, &[]).await;
        let message = body["error"]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(why), "{why}: {status} {message}");
    }
    let large = vec![0; 31 << 20];
    let (status, body) = server.upload("/v1/skills", &[("a/SKILL.md", md), ("a/x", &large)], &[]).await;
    let said_of_size = "Request exceeds the maximum size. The Skills API accepts requests up to 30MBs.";
    assert_eq!((status, &body["error"]["message"]), (413, &json!(said_of_size)));
    let bomb = zip(&[("a/SKILL.md", md), ("a/x", &large)]);
    let (status, body) = server.upload("/v1/skills", &[("a.zip", &bomb)], &[]).await;
    assert!(matches!(status, 400 | 413), "{body}");
    let parts = [("files[]", Some("a/SKILL.md"), md), ("color", None, &b"red"[..])];
    assert_eq!(
        refused(form(server.post("/v1/skills"), &parts)).await.1,
        "color: Extra inputs are not permitted"
    );
    assert_eq!(said(server.get("/v1/skills?source=custom")).await.1["data"], json!([]));
    assert_eq!(std::fs::read_dir(&server.app.scratch).unwrap().count(), 0);
}
