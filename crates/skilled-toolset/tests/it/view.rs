//! Looking at files, images and folders.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;
use skilled_message::{Block, ImageSource};
use skilled_toolset::Options;

use crate::kit::Kit;

/// The smallest files that are whole as far as their structure tells.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x00\x09\0\0\0\x01\x08\0\0\0\0crc_\0\0\0\0IDATcrc_\0\0\0\0IENDcrc_";
const WEBP: &[u8] = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\x02\x40\0\0\0";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01\x44\0;";

#[tokio::test]
async fn text_has_line_numbers() {
    let kit = Kit::new().await;
    kit.file("a.txt", "one\n\ntwo");
    assert_eq!(kit.ok("view", json!({"path": "a.txt"})).await, "     1\tone\n     2\t\n     3\ttwo\n");
    kit.file("empty", "");
    assert_eq!(kit.ok("view", json!({"path": "empty"})).await, "(empty is empty)");
    kit.file("dos.txt", "a\r\n");
    assert_eq!(kit.ok("view", json!({"path": "dos.txt"})).await, "     1\ta\n[Lines end in CR LF.]\n");
    kit.file("old.txt", b"caf\xe9\n");
    assert!(kit.ok("view", json!({"path": "old.txt"})).await.contains("not UTF-8"));
}

#[tokio::test]
async fn ranges_show_a_part_and_are_checked() {
    let kit = Kit::new().await;
    kit.file("a", "1\n2\n3\n4\n");
    let view = async |range| kit.ok("view", json!({"path": "a", "view_range": range})).await;
    assert_eq!(view(json!([2, 3])).await, "     2\t2\n     3\t3\n[Lines 2 to 3 of 4 are shown.]\n");
    assert_eq!(view(json!([4, -1])).await, "     4\t4\n");
    assert_eq!(view(json!([4, 99])).await, "     4\t4\n");
    let wrong = async |range| kit.fails("view", json!({"path": "a", "view_range": range})).await;
    assert_eq!(wrong(json!([5, 6])).await, "view_range begins at line 5, but a has 4 lines.");
    assert!(wrong(json!([0, 6])).await.contains("counted from 1"));
    assert!(wrong(json!([3, 2])).await.contains("before it begins at 3"));
    assert!(wrong(json!([3])).await.starts_with("view_range must be two whole numbers"));
    assert!(wrong(json!(["1", 2])).await.starts_with("view_range must be two whole numbers"));
    assert!(kit.fails("view", json!({"path": ".", "view_range": [1, 2]})).await.contains("is a folder"));
}

#[tokio::test]
async fn long_files_say_how_to_see_the_rest() {
    let kit = Kit::with(Options { page_lines: 3, line_bytes: 5, ..Options::default() }).await;
    kit.file("a", "1\n2222222\n3\n4\n5\n");
    let said = kit.ok("view", json!({"path": "a"})).await;
    assert_eq!(
        said,
        "     1\t1\n     2\t22222 [… 2 bytes of this line cut …]\n     3\t3\n\
         [Lines 1 to 3 of 5 are shown. For more, view with a view_range such as [4, 5].]\n"
    );
}

#[tokio::test]
async fn very_long_files_are_counted_as_far_as_they_are_read() {
    let kit = Kit::with(Options { page_lines: 1, scanned_bytes: 64 * 1024, ..Options::default() }).await;
    kit.file("a", "x\n".repeat(100_000));
    assert!(kit.ok("view", json!({"path": "a"})).await.contains("of more than 32768 are shown"));
}

#[tokio::test]
async fn images_are_image_blocks() {
    let kit = Kit::with(Options { image_bytes: 60, ..Options::default() }).await;
    for (bytes, expected) in [(PNG, "image/png"), (WEBP, "image/webp"), (GIF, "image/gif")] {
        kit.file("picture.dat", bytes);
        let outcome = kit.call("view", json!({"path": "picture.dat"})).await;
        let [Block::Image(image)] = &outcome.content[..] else { panic!("{outcome:?}") };
        let ImageSource::Base64 { media_type, data } = &image.source else { panic!() };
        assert_eq!(media_type, expected);
        assert!(data.starts_with(match expected {
            "image/png" => "iVBORw0KGgo",
            "image/gif" => "R0lGODlh",
            _ => "UklGR",
        }));
    }
    kit.file("large.png", [PNG, &[0; 20]].concat());
    let said = kit.fails("view", json!({"path": "large.png"})).await;
    assert!(said.contains("an image of 77 B") && said.contains("smaller copy"), "{said}");
}

#[tokio::test]
async fn images_that_a_provider_would_refuse_are_not_sent() {
    let kit = Kit::with(Options { image_side: 8, ..Options::default() }).await;
    kit.file("wide.png", PNG);
    let said = kit.fails("view", json!({"path": "wide.png"})).await;
    assert!(said.contains("9 by 1 pixels: at most 8") && said.contains("Pillow"), "{said}");
    kit.file("cut.gif", &GIF[..GIF.len() - 1]);
    let said = kit.fails("view", json!({"path": "cut.gif"})).await;
    assert!(said.contains("cut short or broken") && said.contains("Pillow"), "{said}");
    let default = Options::default();
    assert_eq!((default.image_bytes.div_ceil(3) * 4, default.image_side), (5 * 1024 * 1024, 8_000));
}

#[tokio::test]
async fn other_files_say_what_they_are() {
    let kit = Kit::new().await;
    kit.file("a.pdf", b"%PDF-1.7\n\0\0");
    let said = kit.fails("view", json!({"path": "a.pdf"})).await;
    assert!(said.contains("application/pdf") && said.contains("11 B"), "{said}");
}

#[tokio::test]
async fn folders_show_two_levels() {
    let kit = Kit::new().await;
    kit.file("d/b.txt", "12345");
    kit.file("d/deep/c", "");
    kit.file("node_modules/x", "");
    kit.file(".hidden", "");
    kit.file("line\nbreak", "");
    std::os::unix::fs::symlink("d", kit.workspace().join("link")).unwrap();
    std::fs::write(kit.workspace().join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
    let said = kit.ok("view", json!({"path": "."})).await;
    assert_eq!(
        said,
        "./\n  d/\n    b.txt  (5 B)\n    deep/\n  line\\nbreak  (0 B)\n  link  (symbolic link)\n  node_modules/\n  \
         \\xff  (0 B)\n[1 entry whose name begins with a dot left out: `ls -A` in bash shows all.]\n"
    );
    std::fs::create_dir(kit.workspace().join("d/none")).unwrap();
    assert_eq!(kit.ok("view", json!({"path": "d/none"})).await, "d/none/\n  (empty)\n");
}

#[tokio::test]
async fn large_folders_are_bounded_with_a_mark() {
    let kit = Kit::with(Options { listed_entries: 3, ..Options::default() }).await;
    for name in ["a/1", "a/2", "a/3", "b"] {
        kit.file(name, "");
    }
    let said = kit.ok("view", json!({"path": "."})).await;
    assert_eq!(said.matches("(0 B)").count(), 2, "{said}");
    assert!(said.contains("[There is more:"), "{said}");
}

#[tokio::test]
async fn missing_files_bring_near_names() {
    let kit = Kit::new().await;
    kit.file("d/report.txt", "");
    let said = kit.fails("view", json!({"path": "d/Report.text"})).await;
    assert_eq!(said, "d/Report.text: there is no such file. Did you mean d/report.txt?");
    let said = kit.fails("view", json!({"path": "nowhere/x"})).await;
    assert_eq!(said, "nowhere/x: there is no such file. View its folder to see what there is.");
    assert!(kit.fails("view", json!({"path": ""})).await.starts_with("The path is empty"));
}
