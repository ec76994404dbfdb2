//! Workflow commands.

use skilled_report::{Finding, Level, github};

use crate::kit::at;

#[test]
fn a_command_names_level_place_code_and_message() {
    let finding = Finding { notes: &[("help", "Do 100 %.")], ..at("a\nbc", 3..4) };
    let expected =
        "::warning file=pdf/SKILL.md,line=2,col=2,title=dead-link::it is wrong%0Ahelp: Do 100 %25.\n";
    assert_eq!(github(&finding), expected);
    let levels = [Level::Note, Level::Error].map(|level| github(&Finding { level, ..finding.clone() }));
    assert!(levels[0].starts_with("::notice ") && levels[1].starts_with("::error "), "{levels:?}");
}

#[test]
fn no_name_or_message_ends_its_command() {
    let finding = Finding {
        path: "a,b:c%\n::error::x\r\u{1b}[2J/SKILL.md",
        message: "one\n::set-output name=x::y\x07",
        ..at("x", 0..1)
    };
    let expected = "::warning file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax%0D\\u{1b}[2J/SKILL.md,line=1,col=1,title=dead-link\
                    ::one%0A::set-output name=x::y\\u{7}\n";
    assert_eq!(github(&finding), expected);
}
