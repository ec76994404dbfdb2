//! Uploads: the parts, their names, and that memory does not grow.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use skilled_client::{Error, Progress, SkillFiles, Upload};

use crate::kit::{Place, error, file};

/// The parts of a form: head and content.
fn parts(body: &[u8], content_type: &str) -> Vec<(String, Vec<u8>)> {
    let boundary = content_type.split_once("boundary=").unwrap().1;
    let delimiter = format!("--{boundary}");
    let mut rest = body.strip_prefix(delimiter.as_bytes()).unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = part.windows(delimiter.len()).position(|window| window == delimiter.as_bytes()).unwrap();
        let head = part.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let text = String::from_utf8(part[..head].to_vec()).unwrap();
        parts.push((text, part[head + 4..end].to_vec()));
        rest = &part[end + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

fn sent(place: &Place) -> Vec<(String, Vec<u8>)> {
    let request = place.last();
    assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
    parts(&request.body, request.header("content-type").unwrap())
}

fn skill() -> Value {
    json!({
        "id": "skill_1", "type": "skill", "display_name": "Report", "latest_version_id": "skver_1",
        "source": { "type": "custom" }, "created_at": "2026-12-01T08:00:00Z", "updated_at": "2026-12-01T08:00:00Z",
    })
}

#[tokio::test]
async fn a_file_is_streamed_under_its_name_and_progress_is_told() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a \"b\".csv");
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    place.answers(&file("file_1", "a.csv"));
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let progress = Progress::new(move |sent, total| teller.lock().unwrap().push((sent, total)));
    let made = place.client.files().upload(Upload::path(&path).watched(progress)).await.unwrap();
    assert_eq!(made.id, "file_1");
    let parts = sent(&place);
    let head =
        "Content-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.csv\"\r\nContent-Type: text/csv";
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].0, head);
    assert!(parts[0].1 == content);
    let told = told.lock().unwrap();
    let total = Some(content.len() as u64);
    assert!(told.len() > 40 && told.windows(2).all(|two| two[0].0 <= two[1].0), "{}", told.len());
    assert_eq!(told.last(), Some(&(content.len() as u64, total)));
}

#[tokio::test]
async fn a_file_is_read_again_for_each_attempt_and_a_reader_is_not() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    std::fs::write(&path, "abc").unwrap();
    place.fails(500, &error("api_error", "later"));
    place.answers(&file("file_1", "a.txt"));
    place.client.files().upload(Upload::path(&path)).await.unwrap();
    assert_eq!((place.lines().len(), sent(&place)[0].1.as_slice()), (2, b"abc".as_slice()));

    place.fails(500, &error("api_error", "later"));
    let upload = Upload::reader("a.txt", std::io::Cursor::new("abc"), Some(3));
    let failed = place.client.files().upload(upload).await.unwrap_err();
    assert_eq!((failed.status(), place.lines().len()), (Some(500), 3));
    assert_eq!(sent(&place)[0].1, b"abc");
}

#[tokio::test]
async fn expiry_comes_before_the_file() {
    let place = Place::new();
    place.answers(&file("file_1", "a.txt"));
    let upload = Upload::bytes("a.bin", "abc").with_media_type("application/x-odd").unwrap();
    place.client.files().upload_expiring(upload, Duration::from_hours(1)).await.unwrap();
    let parts = sent(&place);
    assert!(parts[0].0.contains("expires_in_seconds") && parts[0].1 == b"3600", "{parts:?}");
    assert!(parts[1].0.ends_with("Content-Type: application/x-odd"), "{parts:?}");
    Upload::bytes("a", "b").with_media_type("a\r\nx: y").unwrap_err();
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("none")] {
        let failed = place.client.files().upload(Upload::path(&path)).await.unwrap_err();
        let Error::File { action: "read", path: named, .. } = failed else { panic!("{failed:?}") };
        assert_eq!(named, path);
    }
    // It is shorter than it says.
    let upload = Upload::reader("a.txt", std::io::Cursor::new("abc"), Some(1000));
    let failed = place.client.files().upload(upload).await.unwrap_err();
    assert!(matches!(failed, Error::Upload(_)), "{failed:?}");
    assert_eq!(place.lines().len(), 0);
}

#[tokio::test]
async fn a_folder_goes_as_the_zip_that_packing_makes() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("report");
    std::fs::create_dir_all(folder.join("node_modules/x")).unwrap();
    std::fs::write(folder.join("SKILL.md"), "---\nname: report\ndescription: Reports.\n---\n").unwrap();
    std::fs::write(folder.join("node_modules/x/x.js"), "x").unwrap();
    place.answers(&skill());
    let files = SkillFiles::folder(&folder).await.unwrap();
    let made = place.client.skills().create(files, Some("Report")).await.unwrap();
    assert_eq!((made.id.as_str(), place.lines()[0].as_str()), ("skill_1", "POST /v1/skills"));
    let parts = sent(&place);
    assert!(parts[0].0.contains("display_name") && parts[0].1 == b"Report", "{:?}", parts[0].0);
    assert!(parts[1].0.contains("name=\"files[]\"; filename=\"report.zip\""), "{}", parts[1].0);
    let plan = skilled_package::plan(&folder, &skilled_package::PackOptions::default()).unwrap();
    let mut packed = std::io::Cursor::new(Vec::new());
    skilled_package::pack(&plan, &mut packed, skilled_package::Format::Zip).unwrap();
    assert!(parts[1].1 == packed.into_inner());
}

#[tokio::test]
async fn a_folder_with_a_secret_stays_here() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("report");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("SKILL.md"), "---\nname: report\ndescription: Reports.\n---\n").unwrap();
    std::fs::write(folder.join("id_rsa"), "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n").unwrap();
    let failed = SkillFiles::folder(&folder).await.unwrap_err();
    assert!(matches!(failed, Error::Pack(_)), "{failed:?}");
}

#[tokio::test]
async fn single_files_keep_their_folders() {
    let place = Place::new();
    place.answers(&json!({
        "id": "skver_2", "type": "skill_version", "skill_id": "skill_1", "name": "report", "description": "Reports.",
        "created_at": "2026-12-01T08:00:00Z",
    }));
    let files = SkillFiles::files([
        ("report/SKILL.md".to_owned(), "a".into()),
        ("report/scripts/x.py".to_owned(), "b".into()),
    ]);
    place.client.skills().versions("skill_1").create(files).await.unwrap();
    assert_eq!(place.lines(), ["POST /v1/skills/skill_1/versions"]);
    let heads: Vec<String> = sent(&place).into_iter().map(|(head, _)| head).collect();
    assert!(heads[0].contains("name=\"files[]\"; filename=\"report/SKILL.md\""), "{heads:?}");
    assert!(heads[1].contains("filename=\"report/scripts/x.py\""), "{heads:?}");
}
