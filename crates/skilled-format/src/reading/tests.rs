//! One file per diagnostic, with everything that is reported about it.

use std::collections::BTreeSet;

use super::*;

/// Codes and positions of all diagnostics, such as `2:7 name-case`.
fn codes(reading: &Reading) -> Vec<String> {
    reading.diagnostics.iter().map(|d| format!("{}:{} {}", d.line, d.column, d.code)).collect()
}

/// Files whose folder is called `a`, and all there is to report about them.
const FILES: &[(&str, &[&str])] = &[
    ("---\nname: a\ndescription: b\n---\n", &[]),
    // The file.
    ("# Body\n", &["1:1 no-front-matter"]),
    ("---\nname: a\ndescription: b\n", &["1:1 unclosed-front-matter"]),
    ("\u{feff}---\nname: a\ndescription: b\n---\n", &["1:1 byte-order-mark"]),
    ("\n\n---\nname: a\ndescription: b\n---\n", &["1:1 leading-blank-lines"]),
    ("---\nname: a\ndescription: b\n...\n# Body\n", &["4:1 dots-closing"]),
    ("---\nname: a\ndescription: b\n----\n", &["4:1 unusual-marker"]),
    ("--- # c\nname: a\ndescription: b\n---\n", &["1:1 unusual-marker"]),
    ("---\nname: a\ndescription: b --- c\n---\n", &["3:16 dashes-in-value"]),
    ("---\nname: a\ndescription: \"b --- c\"\n---\n", &["3:17 dashes-in-value", "3:17 cut-at-dashes"]),
    // YAML.
    ("---\njust text\n---\n", &["2:1 invalid-yaml"]),
    ("---\nname: a\ndescription: Use when: b\n---\n", &["3:14 unquoted-colon"]),
    ("---\nname: a\ndescription: é\nlicense: x: y\n---\n", &["4:10 unquoted-colon"]),
    ("---\nname: a\ndescription: @b\n---\n", &["3:14 reserved-start"]),
    ("---\nname: a\ndescription: \"b\" c\n---\n", &["3:14 unbalanced-quotes"]),
    ("---\nname: a\ndescription: [b] c\n---\n", &["3:14 read-as-text"]),
    ("---\nname: a\ndescription:\tb\n---\n", &["3:13 tab"]),
    ("---\nname: a\nmetadata:\n\tb: c\ndescription: d\n---\n", &["4:1 tab"]),
    (
        "---\nname: a\ndescription: b\nmetadata: {c: d, e: [f]}\n---\n",
        &["4:11 flow-style", "4:21 metadata-not-text"],
    ),
    ("---\nname: &x a\ndescription: *x\n---\n", &["2:10 anchor", "3:14 anchor"]),
    ("---\nname: a\ndescription: b\nlicense: *x\n---\n", &["4:10 anchor", "4:10 alias-dropped"]),
    ("---\nname: a\ndescription: !x b\n---\n", &["3:17 tag"]),
    ("---\nname: a\nname: b\ndescription: c\n---\n", &["3:1 duplicate-field"]),
    ("---\nname: a\ndescription: b\nmetadata:\n  c: d\n  c: e\n---\n", &["6:3 duplicate-field"]),
    (
        "---\nname: a\ndescription: b\nmetadata:\n  c:\n    d: e\n  f:\n   g: h\n---\n",
        &["6:5 metadata-not-text", "8:4 uneven-indentation", "8:4 metadata-not-text"],
    ),
    ("---\nname: a\ndescription: b\u{7f}\n---\n", &["3:15 control-character"]),
    ("---\nname: a\ndescription: # c\n  b\n\n---\n", &["4:3 comment-before-value"]),
    ("---\nname: a\ndescription: \"b\\ud83d\\ude00\\/\\uD8\"\n---\n", &["3:14 read-as-text"]),
    ("---\nname: a\n? b\ndescription: c\n---\n", &["3:3 unknown-field"]),
    ("---\nname: a\ndescription: b\nlicense: >\n  \tc\n---\n", &[]),
    // The name.
    ("---\ndescription: b\n---\n", &["1:1 missing-name"]),
    ("---\nname: \"\"\ndescription: b\n---\n", &["2:1 missing-name"]),
    ("---\nname:\n- a\ndescription: b\n---\n", &["3:1 name-not-text"]),
    ("---\nname: A\ndescription: b\n---\n", &["2:7 name-case", "2:7 name-mismatch"]),
    ("---\nname: a--b\ndescription: b\n---\n", &["2:7 name-hyphens", "2:7 name-mismatch"]),
    ("---\nname: a_b\ndescription: b\n---\n", &["2:7 name-characters", "2:7 name-mismatch"]),
    ("---\nname: b\ndescription: b\n---\n", &["2:7 name-mismatch"]),
    ("---\nname: 技能\ndescription: b\n---\n", &["2:7 name-mismatch", "2:7 name-not-ascii"]),
    (
        "---\nname: ../a\ndescription: b\n---\n",
        &["2:7 name-characters", "2:7 name-mismatch", "2:7 name-not-mountable"],
    ),
    ("---\nname: 30\ndescription: b\n---\n", &["2:7 name-mismatch", "2:7 not-a-string"]),
    // The other fields.
    ("---\nname: a\n---\n", &["1:1 missing-description"]),
    ("---\nname: a\ndescription: ' '\n---\n", &["3:1 missing-description"]),
    ("---\nname: a\ndescription:\n- b\n---\n", &["4:1 description-not-text"]),
    ("---\nname: a\ndescription: true\n---\n", &["3:14 not-a-string"]),
    ("---\nname: a\ndescription: b\nlicense:\n- MIT\n---\n", &["5:1 license-not-text"]),
    ("---\nname: a\ndescription: b\ncompatibility:\n- c\n---\n", &["5:1 compatibility-not-text"]),
    ("---\nname: a\ndescription: b\ncompatibility:\n---\n", &["4:1 compatibility-empty"]),
    ("---\nname: a\ndescription: b\nmetadata: c\n---\n", &["4:11 metadata-not-mapping"]),
    ("---\nname: a\ndescription: b\nmetadata:\n  c: 1.0\n---\n", &["5:6 metadata-not-text"]),
    ("---\nname: a\ndescription: b\nallowed-tools:\n- c\n---\n", &["5:1 allowed-tools-list"]),
    ("---\nname: a\ndescription: b\nallowed-tools: c, d\n---\n", &["4:16 allowed-tools-commas"]),
    ("---\nname: a\ndescription: b\nallowed-tools:\n  c: d\n---\n", &["5:3 allowed-tools-not-text"]),
    ("---\nname: a\ndescription: b\nuser-invocable: no\n---\n", &["4:1 extension-field"]),
    ("---\nname: a\ndescription: b\nuser-invocable: maybe\n---\n", &["4:17 extension-value"]),
    ("---\nname: a\ndescription: b\nversion: c\n---\n", &["4:1 unknown-field"]),
    ("---\nname: a\ndescription: b\nlicense: c\n d\n  'e\n---\n", &[]),
];

#[test]
fn every_finding_is_reported_in_its_place() {
    for (text, expected) in FILES {
        let reading = read_skill(text.as_bytes(), "a");
        assert_eq!(codes(&reading), *expected, "{text:?}");
    }
}

#[test]
fn verdict_skill_and_severities_agree() {
    for (text, _) in FILES {
        let reading = read_skill(text.as_bytes(), "a");
        let worst = reading.diagnostics.iter().map(|d| d.severity).max();
        assert_eq!(reading.skill.is_none(), worst == Some(Severity::Error), "{text:?}");
        assert_eq!(reading.valid, worst < Some(Severity::Warning), "{text:?}");
    }
}

#[test]
fn spans_and_messages_name_the_text() {
    let reading = read_skill("---\nname: Ärger\r\ndescription: b\n---\n".as_bytes(), "Ärger");
    let [case, ascii] = &reading.diagnostics[..] else { panic!("{:?}", reading.diagnostics) };
    assert_eq!((case.span.clone(), case.line, case.column), (10..16, 2, 7));
    assert_eq!(
        case.to_string(),
        "SKILL.md:2:7: warning[name-case]: the name \"Ärger\" has upper-case letters"
    );
    assert_eq!(ascii.code, Code::NameNotAscii);
}

#[test]
fn long_fields_load_with_a_diagnostic() {
    let name = "n".repeat(65);
    let text = format!(
        "---\nname: {name}\ndescription: {}\ncompatibility: {}\n---\n",
        "é".repeat(1025),
        "c".repeat(501)
    );
    let reading = read_skill(text.as_bytes(), &name);
    assert_eq!(
        codes(&reading),
        ["2:7 name-too-long", "3:14 description-too-long", "4:16 compatibility-too-long"]
    );
    assert!(reading.skill.is_some() && !reading.valid);
    let text =
        format!("---\nname: a\ndescription: {}\ncompatibility: {}\n---\n", "é".repeat(1024), "c".repeat(500));
    assert!(read_skill(text.as_bytes(), "a").valid);
}

#[test]
fn bytes_that_are_not_text_are_pointed_out() {
    let reading = read_skill(b"---\nname: a\ndescription: caf\xe9\n---\n", "a");
    assert_eq!(codes(&reading), ["3:17 not-utf8"]);
    assert_eq!(reading.diagnostics[0].span, 28..29);
}

#[test]
fn front_matter_has_a_size_limit() {
    let text = |size| format!("---\nname: a\ndescription: b\nlicense: {}\n---\n", "x".repeat(size));
    assert!(read_skill(text(64 * 1024 - 40).as_bytes(), "a").valid);
    assert_eq!(codes(&read_skill(text(64 * 1024).as_bytes(), "a")), ["1:1 front-matter-too-large"]);
}

#[test]
fn only_the_exact_file_name_is_a_skill() {
    let text = b"---\nname: a\ndescription: b\n---\n";
    assert!(read_skill_file(text, "SKILL.md", "a").valid);
    let reading = read_skill_file(text, "skill.md", "a");
    assert_eq!((reading.skill, reading.valid), (None, false));
    assert_eq!(reading.diagnostics[0].to_string().split(": ").next(), Some("skill.md:1:1"));
}

/// A code without a test here or in the tests of the folder is a code nobody has seen.
#[test]
fn every_code_has_a_test() {
    let elsewhere = [
        Code::NotUtf8,
        Code::FrontMatterTooLarge,
        Code::NameTooLong,
        Code::DescriptionTooLong,
        Code::CompatibilityTooLong,
        Code::ReferenceYaml,
        Code::WrongFileName,
        Code::MissingSkillFile,
        Code::SkillFileNotRegular,
        Code::SkillFileTooLarge,
        Code::LinkEscapes,
        Code::SpecialFile,
        Code::PathNotUtf8,
        Code::Unreadable,
        Code::TreeTooLarge,
    ];
    let here = FILES.iter().flat_map(|(_, codes)| codes.iter().filter_map(|code| code.split(' ').nth(1)));
    let tested: BTreeSet<&str> = here.chain(elsewhere.map(Code::as_str)).collect();
    assert_eq!(tested, Code::all().map(Code::as_str).collect());
}

#[test]
fn yaml_that_only_the_reference_validator_cannot_read_says_so() {
    let reading = read_skill(b"---\nname: a\ndescription: b\n%x: c\n---\n", "a");
    assert!(reading.skill.is_some());
    assert_eq!(codes(&reading), ["4:1 reference-yaml"]);
}

mod loading {
    use super::*;
    use crate::{Context, Extensions, Shell, Value};

    fn load(front: &str) -> Skill {
        let reading = read_skill(format!("---\n{front}\n---\nbody\n").as_bytes(), "folder");
        reading.skill.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
    }

    #[test]
    fn the_body_keeps_its_place() {
        for (text, body, line) in [
            ("---\nname: a\ndescription: b\n---\n# Body\n", "# Body\n", 5),
            ("---\r\nname: a\r\ndescription: b\r\n---\r\n\r\n# Body\r\n", "\r\n# Body\r\n", 5),
            ("---\nname: a\ndescription: b\n---", "", 4),
            ("\n---\nname: a\ndescription: b\n...\n---\nx\n---\n", "x\n---\n", 7),
        ] {
            let skill = read_skill(text.as_bytes(), "a").skill.unwrap();
            assert_eq!((skill.body.as_str(), skill.body_line), (body, line), "{text:?}");
            assert_eq!(&text[skill.body_span], body);
        }
    }

    #[test]
    fn repaired_values_are_what_was_meant() {
        for (value, meant) in [
            ("Use when: a: b", "Use when: a: b"),
            ("a\n  Triggers: b,\n  c", "a Triggers: b, c"),
            ("\"say \"hi\" twice\"", "say \"hi\" twice"),
            ("'it's here'", "it's here"),
            ("\"a\" or b", "\"a\" or b"),
            ("`cmd` and more", "`cmd` and more"),
            ("*bold* text", "*bold* text"),
            ("{x} does: y", "{x} does: y"),
            ("\"\\d+ digits\"", "\\d+ digits"),
            ("- a dash", "- a dash"),
        ] {
            assert_eq!(load(&format!("name: a\ndescription: {value}\nlicense: MIT")).description, meant);
        }
    }

    #[test]
    fn a_repair_leaves_the_other_fields_alone() {
        let skill = load("name: a\ndescription: x: y\nmetadata:\n  k: |\n    a: b: c\n  l: [1, true, ~]");
        assert_eq!(skill.metadata.get("k"), Some(&Value::String("a: b: c\n".to_owned())));
        let list = Value::Sequence(vec![Value::Number("1".to_owned()), Value::Bool(true), Value::Null]);
        assert_eq!(skill.metadata.get("l"), Some(&list));
        assert_eq!(skill.metadata.get("l").unwrap().to_string(), "[1, true, null]");
    }

    #[test]
    fn the_name_falls_back_to_the_folder() {
        assert_eq!(load("description: b").name, "folder");
        assert_eq!(load("name: ' '\ndescription: b").name, "folder");
        assert!(load("name: ../../evil\ndescription: b").mount_name().is_err());
    }

    #[test]
    fn tools_are_listed_however_they_are_written() {
        for tools in
            ["Read Bash(git *)", "Read, Bash(git *)", "\n  - Read\n  - Bash(git *)", "[Read, Bash(git *)]"]
        {
            let skill = load(&format!("description: b\nallowed-tools: {tools}"));
            assert_eq!(skill.allowed_tools, ["Read", "Bash(git *)"], "{tools}");
        }
    }

    #[test]
    fn fields_of_other_clients_are_typed() {
        let skill = load(
            "description: b\nwhen_to_use: c\nargument-hint: [file]\narguments: a b\ndisable-model-invocation: yes\n\
             user-invocable: \"off\"\ndisallowed-tools: Bash\nmodel: m\neffort: high\ncontext: fork\nagent: Explore\n\
             background: false\nhooks:\n  Stop: x\npaths:\n- '*.rs'\nshell: powershell\nversion: 1.10",
        );
        let strings = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>();
        let expected = Extensions {
            when_to_use: Some("c".to_owned()),
            argument_hint: Some("[file]".to_owned()),
            arguments: strings(&["a", "b"]),
            disable_model_invocation: Some(true),
            user_invocable: Some(false),
            disallowed_tools: strings(&["Bash"]),
            model: Some("m".to_owned()),
            effort: Some("high".to_owned()),
            context: Some(Context::Fork),
            agent: Some("Explore".to_owned()),
            background: Some(false),
            hooks: skill.extensions.hooks.clone().filter(|hooks| hooks.to_string() == "{Stop: x}"),
            paths: strings(&["*.rs"]),
            shell: Some(Shell::PowerShell),
        };
        assert!(expected.hooks.is_some());
        assert_eq!(skill.extensions, expected);
        let unknown: Vec<_> = skill.unknown.iter().collect();
        assert_eq!(unknown, [("version", &Value::Number("1.10".to_owned()))]);
    }

    #[test]
    fn values_of_the_wrong_type_are_kept_as_unknown() {
        let skill = load("description: b\nuser-invocable: maybe\nallowed_tools: x");
        assert_eq!(skill.extensions, Extensions::default());
        assert_eq!(skill.unknown.get("user-invocable").and_then(Value::as_str), Some("maybe"));
        assert_eq!(skill.unknown.len(), 2);
    }

    #[test]
    fn aliases_are_resolved_within_a_budget() {
        let bomb = "description: b\nmetadata:\n  a: &a [x,x,x,x,x,x,x,x,x]\n  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  \
                    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n  e: [*d,*d,*d,*d]";
        let skill = load(bomb);
        assert_eq!(skill.description, "b");
        assert!(skill.metadata.get("b").unwrap().to_string().matches('x').count() == 81);
        assert!(format!("{:?}", skill.metadata).len() < 4 << 20);
    }
}

/// YAML 1.1 has a merge key and a default value, which mean nothing as a description.
#[test]
fn what_the_reference_reads_as_nothing_is_not_valid() {
    let valid = |description: &str| {
        let text = format!("---\nname: a\ndescription: {description}\n---\n");
        let reading = read_skill(text.as_bytes(), "a");
        assert!(reading.skill.is_some());
        reading.valid
    };
    assert_eq!(
        ["<<", "=", "\"<<\"", "'='", "<< a", "a ="].map(valid),
        [false, false, true, true, true, true]
    );
}
