//! Links, binaries and archives.

use skilled_format::ListedKind;

use super::catalogue::{
    ARCHIVE_INSIDE, DISGUISED_FILE, ESCAPING_LINK, LARGE_FILE, TEST_VIRUS, UNEXPECTED_BINARY,
};
use super::concept;
use crate::material::{Binary, Language, Material, Opened, Source};
use crate::pattern::Pattern;
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// Looks at everything in the folder by its kind and its first bytes.
pub(super) fn run(material: &Material<'_>, sink: &mut Sink) {
    links(material, sink);
    for binary in &material.binaries {
        let looked_into = material.archives.iter().any(|(path, _)| *path == binary.path);
        let run = has_run(material, binary);
        binary_file(binary, looked_into, run, sink);
    }
    archives(material, sink);
    signatures(material, sink);
    for (path, reason) in &material.unread {
        sink.about(
            &LARGE_FILE,
            Severity::Info,
            Confidence::High,
            path,
            &format!("not looked at as a whole: {reason}"),
        );
    }
}

fn links(material: &Material<'_>, sink: &mut Sink) {
    for listed in material.folder.files() {
        let ListedKind::Link { target, escapes } = &listed.kind else { continue };
        if !escapes {
            continue;
        }
        let grave = [
            "/etc/",
            "/root",
            "/home/",
            "/users/",
            ".ssh",
            ".aws",
            ".env",
            ".gnupg",
            "/proc/",
            "/var/",
            "id_rsa",
            "passwd",
            "secret",
            "credential",
        ]
        .iter()
        .any(|part| target.to_ascii_lowercase().contains(part));
        let severity = if grave { Severity::High } else { Severity::Medium };
        let message = format!("the link leads to {target}");
        sink.about(&ESCAPING_LINK, severity, Confidence::High, &listed.path, &message);
    }
}

/// What came of looking into archives. What is found in them is reported like anything else.
fn archives(material: &Material<'_>, sink: &mut Sink) {
    for (path, opened) in &material.archives {
        let (severity, message) = match opened {
            Opened::Files(count) => {
                (Severity::Info, format!("it is an archive of {count} files, which were looked at"))
            }
            Opened::Refused(severity, why) => {
                let ceiling = if concept::is_test(path) { Severity::Medium } else { Severity::Critical };
                ((*severity).min(ceiling), format!("the archive is refused: {why}"))
            }
        };
        sink.about(&ARCHIVE_INSIDE, severity, Confidence::High, path, &message);
    }
}

/// What the first bytes of a file say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Program(&'static str),
    Archive(&'static str),
    Image,
    Document,
    Unknown,
}

fn kind(head: &[u8]) -> Kind {
    match head {
        [0x7f, b'E', b'L', b'F', ..] => Kind::Program("an ELF program"),
        [b'M', b'Z', ..] => Kind::Program("a Windows program"),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => {
            Kind::Program("a macOS program")
        }
        // Java classes and universal macOS programs share their magic number; what follows tells them apart.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count, ..] if *count < 30 => Kind::Program("a macOS program"),
        [0xca, 0xfe, 0xba, 0xbe, ..] => Kind::Program("a Java class"),
        [0, b'a', b's', b'm', ..] => Kind::Program("a WebAssembly module"),
        [_, _, b'\r', b'\n', 0..=15, 0, 0, 0, ..] => Kind::Program("compiled Python"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Kind::Archive("a zip archive"),
        [0x1f, 0x8b, ..] => Kind::Archive("a gzip file"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Kind::Archive("a 7z archive"),
        [b'R', b'a', b'r', b'!', ..] => Kind::Archive("a rar archive"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Kind::Archive("an xz file"),
        [b'B', b'Z', b'h', ..] => Kind::Archive("a bzip2 file"),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => Kind::Image,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::Image,
        [b'%', b'P', b'D', b'F', ..] => Kind::Document,
        _ => Kind::Unknown,
    }
}

const IMAGES: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico"];
const DOCUMENTS: [&str; 8] = ["pdf", "doc", "txt", "md", "csv", "rtf", "html", "json"];
/// Documents that are zip archives inside.
const ZIPPED: [&str; 22] = [
    "docx", "xlsx", "pptx", "dotx", "potx", "xltx", "odt", "ods", "odp", "epub", "whl", "vsix", "zip",
    "skill", "npz", "key", "pages", "sketch", "fig", "mcpb", "dxt", "kra",
];

static RUNS: Pattern = concept::pattern(
    "\\b(?:run|runs|running|execute[sd]?|executable|start|starts|launch|call|calls|invoke|chmod|exec\\w*|spawn\\w*|subprocess|popen|os\\.system|cdll|dlopen|nohup|require|loadlibrary)\\b",
);

/// Whether SKILL.md or a program of the skill has a file run.
fn has_run(material: &Material<'_>, binary: &Binary) -> bool {
    let name = binary.path.rsplit('/').next().unwrap_or_default();
    if binary.path.contains("!/") {
        return false;
    }
    let skill = |source: &Source| source.path == skilled_format::SKILL_FILE;
    material.sources.iter().filter(|source| !concept::is_test(&source.path)).any(|source| {
        match source.language {
            Language::Prose if !skill(source) => false,
            Language::Prose => source.text.lines().any(|line| {
                line.contains(&format!("./{}", binary.path))
                    || name.len() > 2
                        && line.contains(name)
                        && (RUNS.is_match(&line.to_lowercase()) || line.trim_start().contains(&binary.path))
            }),
            Language::Data => false,
            Language::Shell
            | Language::PowerShell
            | Language::Python
            | Language::JavaScript
            | Language::OtherCode => {
                source.text.contains(name) && RUNS.is_match(&source.text.to_lowercase())
                    || source.language == Language::Shell && source.text.contains(&format!("/{name}"))
            }
        }
    })
}

fn binary_file(binary: &Binary, looked_into: bool, run: bool, sink: &mut Sink) {
    let name = binary.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut endings = name.rsplit('.');
    let extension = endings.next().unwrap_or_default();
    let inner = endings.next().unwrap_or_default();
    let posing = IMAGES.contains(&extension) || DOCUMENTS.contains(&extension) || ZIPPED.contains(&extension);
    let double = matches!(extension, "exe" | "scr" | "com" | "bat" | "pif" | "msi" | "jar" | "app" | "lnk")
        && (IMAGES.contains(&inner) || DOCUMENTS.contains(&inner) || ZIPPED.contains(&inner));
    match kind(&binary.head) {
        Kind::Program(what) if posing || double => {
            let message = format!("it is {what} and its name says otherwise");
            sink.about(&DISGUISED_FILE, Severity::Critical, Confidence::High, &binary.path, &message);
        }
        Kind::Program(what) => {
            let low = concept::is_test(&binary.path) || matches!(extension, "pyc" | "wasm");
            let (severity, use_of_it) = match (low, run) {
                (true, _) => (Severity::Low, ""),
                (false, true) => (Severity::High, ", which the skill has run"),
                (false, false) => (Severity::Medium, ""),
            };
            let message = format!("it is {what} of {} bytes{use_of_it}", binary.size);
            sink.about(&UNEXPECTED_BINARY, severity, Confidence::Medium, &binary.path, &message);
        }
        Kind::Archive(what) => {
            let hidden = IMAGES.contains(&extension) || matches!(extension, "pdf" | "txt" | "md");
            if hidden {
                let message = format!("it is {what} and its name says otherwise");
                sink.about(&DISGUISED_FILE, Severity::High, Confidence::Medium, &binary.path, &message);
            } else if matches!(extension, "jar" | "apk" | "ipa") {
                let message = format!("it is a program packed as {what}");
                sink.about(&UNEXPECTED_BINARY, Severity::Medium, Confidence::Medium, &binary.path, &message);
            } else if (extension == "zip" || !ZIPPED.contains(&extension)) && !looked_into {
                let message = format!("it is {what}, which was not looked into");
                sink.about(&ARCHIVE_INSIDE, Severity::Low, Confidence::Medium, &binary.path, &message);
            }
        }
        Kind::Image | Kind::Document if binary.executable && !posing => {
            let message = "it may be executed and is an image or document";
            sink.about(&DISGUISED_FILE, Severity::Medium, Confidence::Low, &binary.path, message);
        }
        Kind::Image | Kind::Document => {}
        Kind::Unknown if double => {
            let message = "its name ends like a document and like a program";
            sink.about(&DISGUISED_FILE, Severity::High, Confidence::Medium, &binary.path, message);
        }
        Kind::Unknown => {}
    }
}

/// The signature by which scanners are tried, in two parts so that this program is not taken for it.
const TEST_SIGNATURE: [&str; 2] = ["EICAR-STANDARD-ANTIVIRUS", "-TEST-FILE!"];

/// All of the test file, as EICAR publishes it, in parts for the same reason.
const TEST_CONTENT: [&str; 4] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", TEST_SIGNATURE[0], TEST_SIGNATURE[1], "$H+H*"];

fn signatures(material: &Material<'_>, sink: &mut Sink) {
    let signature = TEST_SIGNATURE.concat();
    // The signature must start the file; text that mentions it is none (EICAR's definition allows white space only).
    let message = "it is the test file of scanners for viruses";
    for source in &material.sources {
        if source.text.len() <= 200
            && source.text.trim_start().starts_with("X5O!")
            && source.text.contains(&signature)
        {
            sink.about(&TEST_VIRUS, Severity::Critical, Confidence::High, &source.path, message);
        }
    }
    let whole = TEST_CONTENT.concat();
    let programs = material.sources.iter().filter(|source| source.language != Language::Prose);
    for source in programs.filter(|source| source.text.contains(&whole)) {
        let message = "it carries the test file of scanners for viruses";
        sink.about(&TEST_VIRUS, Severity::High, Confidence::High, &source.path, message);
    }
    for binary in &material.binaries {
        if binary.head.windows(signature.len()).any(|window| window == signature.as_bytes()) {
            sink.about(&TEST_VIRUS, Severity::Critical, Confidence::High, &binary.path, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_first_bytes() {
        assert_eq!(kind(b"\x7fELF\x02"), Kind::Program("an ELF program"));
        assert_eq!(kind(b"PK\x03\x04"), Kind::Archive("a zip archive"));
        assert_eq!(kind(b"\x89PNG\r\n"), Kind::Image);
        assert_eq!(kind(b"%PDF-1.7"), Kind::Document);
        assert_eq!(kind(b""), Kind::Unknown);
    }
}
