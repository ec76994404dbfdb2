//! Secrets stay at home and are not repeated.

use skilled_package::{PackOptions, plan};

use super::kit::{Skill, paths};

/// Put together here, so that no scanner takes this file for a secret.
fn private_key() -> String {
    let kind = "PRIVATE KEY";
    let lines = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(8);
    format!("-----BEGIN {kind}-----\n{lines}-----END {kind}-----\n")
}

#[test]
fn files_that_hold_secrets_by_their_name_are_refused() {
    let refused = [
        ".env",
        "scripts/.env.production",
        "id_rsa",
        ".ssh/id_ed25519",
        ".netrc",
        ".git-credentials",
        "a.p12",
        ".aws/credentials",
    ];
    for file in refused {
        let skill = Skill::new().with(file, "x");
        assert_eq!(skill.refused(), [("package-secret", file.to_owned(), None)]);
    }
    let fine = [
        ".env.example",
        ".env.sample",
        ".env.template",
        "id_rsa.pub",
        "environment",
        "credentials.md",
        "a.pem",
    ];
    for file in fine {
        let skill = Skill::new().with(file, "KEY=\n");
        assert_eq!(paths(&skill.plan()).len(), 2, "{file}");
    }
}

#[test]
fn settings_with_credentials_are_told_from_those_without() {
    let cases = [
        (".npmrc", "registry=https://r.example/\n//r.example/:_authToken=0123456789abcdef\n", Some(2)),
        (".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n", None),
        (".npmrc", "registry=https://r.example/\n", None),
        (".pypirc", "[pypi]\nusername = me\npassword = hunter2\n", Some(3)),
        ("credentials.json", "{\n \"type\": \"service_account\",\n \"private_key\": \"abc\"\n}", Some(3)),
        ("credentials.json", "{\"private_key\": \"<your key>\"}", None),
        ("credentials.json", "{\"title\": \"credentials\"}", None),
        ("client_secret.json", "{\"installed\":{\"client_secret\":\"abc\"}}", Some(1)),
        (".docker/config.json", "{\"auths\":{\"r.example\":{\"auth\":\"bWU6cHc=\"}}}", Some(1)),
        ("config.json", "{\"auth\":\"none\"}", None),
    ];
    for (file, content, line) in cases {
        let skill = Skill::new().with(file, content);
        match line {
            None => assert_eq!(paths(&skill.plan()).len(), 2, "{file}: {content}"),
            Some(_) => assert_eq!(skill.refused(), [("package-secret", file.to_owned(), line)], "{content}"),
        }
    }
}

#[test]
fn every_place_is_looked_at_and_none_goes_uncounted() {
    let harmless = "//a.example/:_authToken=${TOKEN}\n";
    let real = "//b.example/:_authToken=0123456789abcdef\n";
    let place = |line| ("package-secret", ".npmrc".to_owned(), Some(line));
    let npmrc = |text: &str| Skill::new().with(".npmrc", text).refused();
    assert_eq!(npmrc(&format!("{harmless}{real}")), [place(2)]);
    assert_eq!(npmrc(&format!("{real}{harmless}{real}")), [place(1), place(3)]);
    assert_eq!(paths(&Skill::new().with(".npmrc", harmless.repeat(2)).plan()).len(), 2);

    let many = Skill::new().with(".npmrc", real.repeat(25)).problems(&PackOptions::default());
    assert_eq!(many.len(), 11);
    assert!(many.iter().any(|problem| problem.message.contains("15 more places (25 in all)")), "{many:?}");
    assert_eq!(Skill::new().with(".npmrc", real.repeat(10)).refused().len(), 10);
}

#[test]
fn secrets_are_found_in_other_encodings_and_between_other_bytes() {
    let text = format!("\u{feff}first\n{}", private_key());
    let utf16 =
        |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for bytes in [utf16(&text, u16::to_le_bytes), utf16(&text, u16::to_be_bytes)] {
        let skill = Skill::new().with("notes.txt", &bytes);
        assert_eq!(skill.refused(), [("package-secret", "notes.txt".to_owned(), Some(2))]);
        // Without its mark it may be anything.
        let skill = Skill::new().with("notes.txt", &bytes[2..]);
        assert_eq!(skill.refused(), [("package-secret", "notes.txt".to_owned(), None)]);
    }
    let binary = [b"\x7fELF\0\xff\0", private_key().as_bytes(), b"\0more"].concat();
    let skill = Skill::new().with("tool", &binary);
    assert_eq!(skill.refused(), [("package-secret", "tool".to_owned(), None)]);
    let harmless = [&b"\x7fELF\0\xff\0-----BEGIN PRIVATE KEY-----\0"[..], &[0x80; 5000]].concat();
    assert_eq!(paths(&Skill::new().with("tool", &harmless).plan()).len(), 2);
    // Lines are counted in the characters, also where two parts that are looked at meet.
    let long = format!("\u{feff}{}{}", "\u{0a0a}123456\n".repeat(200_000), private_key());
    let skill = Skill::new().with("notes.txt", utf16(&long, u16::to_le_bytes));
    assert_eq!(skill.refused(), [("package-secret", "notes.txt".to_owned(), Some(200_001))]);
}

#[test]
fn secrets_are_found_by_their_form_and_not_repeated() {
    let key = private_key();
    let text = format!("first\nsecond\n{key}");
    let skill = Skill::new().with("notes.md", &text);
    assert_eq!(skill.refused(), [("package-secret", "notes.md".to_owned(), Some(3))]);
    let shown = format!("{:?}", plan(&skill.root, &PackOptions::default()).unwrap_err());
    assert!(!shown.contains("MIIE"), "{shown}");

    // Also far behind the beginning, where two parts that are looked at meet, and by way of a link.
    for lines in [1000, 1_048_570 / 8, 300_000] {
        let far = Skill::new().with("far.md", format!("{}{key}", "1234567\n".repeat(lines)));
        assert_eq!(far.refused(), [("package-secret", "far.md".to_owned(), Some(lines + 1))]);
    }
    skill.link("linked", "notes.md");
    assert_eq!(skill.refused().len(), 2);
}

#[test]
fn the_author_may_say_that_it_is_none() {
    let skill = Skill::new().with("fixtures/key.pem", private_key()).with("fixtures/.env", "A=1");
    assert_eq!(skill.refused().len(), 2);
    let allow = |paths: &[&str]| {
        let allow_secrets = paths.iter().map(|path| (*path).to_owned()).collect();
        PackOptions { allow_secrets, ..PackOptions::default() }
    };
    assert_eq!(skill.problems(&allow(&["fixtures/.env"])).len(), 1);
    let both = plan(&skill.root, &allow(&["fixtures/.env", "fixtures/key.pem"])).unwrap();
    assert_eq!(paths(&both), ["SKILL.md", "fixtures/.env", "fixtures/key.pem"]);
}
