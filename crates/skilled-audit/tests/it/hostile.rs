//! Whatever a skill holds, an audit ends and stays small.

use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use skilled_audit::{Audit, Capabilities};

use crate::text::{HEAD, audit_at, write};

/// The names under which bytes are given to every reader there is.
const NAMES: [&str; 12] = [
    "SKILL.md",
    "notes.md",
    "scripts/script.py",
    "scripts/script.sh",
    "scripts/script.mjs",
    "scripts/script.ps1",
    "scripts/script.go",
    "package.json",
    ".mcp.json",
    ".claude/settings.json",
    "requirements.txt",
    "kit.zip",
];

/// Audits a skill in which every file has these bytes after `head`.
fn of(head: &str, bytes: &[u8]) -> Audit {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("notes");
    let content = [head.as_bytes(), bytes].concat();
    for name in NAMES {
        write(&root.join(name), &content);
    }
    audit_at(&root)
}

/// That nothing grows with what is given.
fn is_bounded(audit: &Audit) {
    let Capabilities { hosts, commands, files, secrets, packages, tools, automatic } = &audit.capabilities;
    for needed in [hosts, commands, files, secrets, packages, tools, automatic] {
        assert!(needed.len() <= 500);
        for (name, places) in needed {
            assert!(!name.is_empty() && name.chars().count() <= 161, "{name}");
            assert!((1..=5).contains(&places.len()), "{name}");
        }
    }
    assert!(audit.findings.len() <= 20 * skilled_audit::rules().count());
    for finding in &audit.findings {
        assert!(finding.line >= 1 && finding.span.start <= finding.span.end, "{finding:?}");
    }
}

/// Text of parts that rules and readers look at.
fn parts() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "---\n",
        "name: x\n",
        "```sh\n",
        "```\n",
        "`",
        "\"",
        "'",
        "$(",
        ")",
        "((",
        "${",
        "}",
        "<<EOF\n",
        "EOF\n",
        "|",
        "&&",
        ";",
        "\\",
        "\n",
        " ",
        "é",
        "\u{200b}",
        "curl ",
        "https://",
        "$HOST",
        "pip install ",
        "npx ",
        "sudo -u ",
        "xargs ",
        "bash -c ",
        "\"\"\"",
        "import ",
        "from ",
        "os.environ[",
        "subprocess.run([",
        "!`",
        "<!--",
        "-->",
        "{\"hooks\":",
        "/etc/",
        "~/",
        "==",
        "@",
        "# ///",
        " script\n",
        "export API_KEY=",
        "requests.get(",
        "x = ",
        "base64 -d",
        "\r\n",
        "\t",
        "[a](b)",
    ]);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        is_bounded(&of("", &bytes));
    }

    #[test]
    fn any_bytes_behind_front_matter(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        is_bounded(&of(HEAD, &bytes));
    }

    #[test]
    fn any_mixture_of_what_is_looked_for(text in parts()) {
        is_bounded(&of(HEAD, text.as_bytes()));
    }
}

#[test]
fn one_line_of_a_mebibyte() {
    for (name, unit) in [("scripts/script.sh", "$("), ("scripts/script.py", "curl https://x.example ")] {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("notes");
        write(&root.join("SKILL.md"), format!("{HEAD}Text.\n").as_bytes());
        write(&root.join(name), unit.repeat((1 << 20) / unit.len()).as_bytes());
        is_bounded(&audit_at(&root));
    }
}
