//! Pages of the codes about the folder.

pub(super) mod own;

use skilled_format::Code;
use skilled_report::file;

use super::{Page, body};

const GOOD: &[skilled_report::File] = &[body!("\n# Example\n\nAdd up the column that the user names.\n")];

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::WrongFileName,
        why: "Clients look for exactly `SKILL.md`. On Linux `skill.md` is another file, and the skill is not found.",
        bad: &[file(
            "skill.md",
            "---\nname: example\ndescription: Adds up columns. Use for totals.\n---\n# Example\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::MissingSkillFile,
        why: "The folder of a skill is known by its SKILL.md.",
        bad: &[file("README.md", "# Example\n")],
        good: GOOD,
    },
    Page {
        code: Code::SkillFileNotRegular,
        why: "A SKILL.md that is a folder, a device, or a link out of the folder is not there for anyone who gets a copy.",
        bad: &[file("SKILL.md/notes.txt", "A folder called SKILL.md.\n")],
        good: GOOD,
    },
    Page {
        code: Code::SkillFileTooLarge,
        why: "A file of more than 1 MiB cannot be given to a model, and clients refuse to read it.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::LinkEscapes,
        why: "What the link leads to does not travel with the skill; some installers copy it instead, whatever it is.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::SpecialFile,
        why: "Devices, pipes and sockets cannot be packed, and reading one may never end.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::PathNotUtf8,
        why: "Such a name cannot be shown, packed or written into instructions.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::Unreadable,
        why: "What cannot be read cannot be checked, packed or used.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::TreeTooLarge,
        why: "A skill with ten thousand entries, thirty-two levels or 256 MiB usually holds something by mistake, such as \
              installed packages. What lies beyond the limits is not checked.",
        bad: &[],
        good: &[],
    },
];
