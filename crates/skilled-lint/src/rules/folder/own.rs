//! Rules about the files of a skill.

use skilled_report::{File, Rule, file};

use crate::rules::{body, note, warning};

pub(in crate::rules) const ABOUT_FILES: &[&Rule] = &[
    &PATH_COLLISION,
    &WINDOWS_NAME,
    &PATH_NOT_NFC,
    &LONG_PATH,
    &LINK_DANGLING,
    &DEBRIS,
    &NESTED_SKILL,
    &UNMENTIONED_FILE,
    &UPLOAD_TOO_LARGE,
    &MANY_FILES,
];

const SKILL: File = body!("\n# Example\n\nRead the files in `references/` first.\n");
const GUIDE: File = file("references/guide.md", "# Guide\n\nRound at the end.\n");

pub(crate) static PATH_COLLISION: Rule = warning(
    "path-collision",
    "two paths are one on other systems",
    "macOS and Windows do not tell names apart that differ in case or in the way accents are encoded: one of the two files \
     replaces the other when the skill is unpacked.",
    "Rename one of them.",
    &[SKILL, GUIDE, file("references/Guide.md", "# Guide\n\nNever round.\n")],
    &[SKILL, GUIDE],
);
pub(crate) static WINDOWS_NAME: Rule = warning(
    "windows-name",
    "a path is impossible on Windows",
    "Windows reserves names such as `aux` and `con` and the characters `< > : \" | ? * \\`, and drops dots and spaces at the \
     end of a name: the skill cannot be checked out or unpacked there.",
    "Rename the file.",
    &[SKILL, file("references/aux.md", "# Guide\n")],
    &[SKILL, GUIDE],
);
pub(crate) static PATH_NOT_NFC: Rule = note(
    "path-not-nfc",
    "a path is not in Unicode normal form C",
    "The same name typed on another keyboard is encoded differently and does not find the file.",
    "Rename the file; `convmv -f utf8 -t utf8 --nfc` does it for a folder.",
    &[SKILL, file("references/u\u{308}ber.md", "# Guide\n")],
    &[SKILL, file("references/\u{fc}ber.md", "# Guide\n")],
);
pub(crate) static LONG_PATH: Rule = note(
    "long-path",
    "a path is longer than some tools take",
    "Old tar programs cut paths at 100 bytes, and Windows programs often fail beyond 260 characters with all folders above.",
    "Shorten the names or nest less deeply.",
    &[
        SKILL,
        file(
            "references/how-totals-are-rounded-in-all-the-countries/what-the-law-says-about-it-and-since-when/germany.md",
            "# Germany\n",
        ),
    ],
    &[SKILL, GUIDE],
);
pub(crate) static LINK_DANGLING: Rule = warning(
    "link-dangling",
    "a symbolic link leads to nothing",
    "What it should lead to is not in the skill, or the link leads back to itself. `skilled pack` refuses it, and whoever \
     gets the skill finds nothing there.",
    "Add the file that the link leads to, or remove the link.",
    &[],
    &[],
);
pub(crate) static DEBRIS: Rule = note(
    "debris",
    "the folder holds what a tool left behind",
    "Caches, installed packages and files of the desktop make a skill large and its digest different on each machine.",
    "Remove it and add it to .gitignore; packing leaves it out.",
    &[SKILL, GUIDE, file("__pycache__/total.cpython-312.pyc", "cache\n")],
    &[SKILL, GUIDE],
);
pub(crate) static NESTED_SKILL: Rule = note(
    "nested-skill",
    "there is a skill inside the skill",
    "Some clients find it as a skill of its own, others never look below a SKILL.md.",
    "Move it beside this one, or give the file another name.",
    &[
        SKILL,
        GUIDE,
        file(
            "more/SKILL.md",
            "---\nname: more\ndescription: Rounds numbers. Use when totals are long.\n---\nRound.\n",
        ),
    ],
    &[SKILL, GUIDE],
);
pub(crate) static UNMENTIONED_FILE: Rule = note(
    "unmentioned-file",
    "no document mentions this file",
    "A model reads and runs what the instructions name; it seldom lists the folder.",
    "Say in SKILL.md when to use the file, or remove it.",
    &[body!("\n# Example\n\nAdd up the column.\n"), GUIDE],
    &[body!("\n# Example\n\nRead `references/guide.md` first.\n"), GUIDE],
);
pub(crate) static UPLOAD_TOO_LARGE: Rule = note(
    "upload-too-large",
    "the skill is larger than hosted services take",
    "The Claude API and claude.ai refuse skills of 30 MB and more, unpacked.",
    "Remove what the skill does not need, or download it when it is needed.",
    &[],
    &[],
);
pub(crate) static MANY_FILES: Rule = note(
    "many-files",
    "the skill has more files than hosted services take",
    "Services that manage skills take at most 200 files; so many are usually there by mistake.",
    "Remove what the skill does not need, or put data into one file.",
    &[],
    &[],
);
