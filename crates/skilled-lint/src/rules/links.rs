//! Rules about what documents refer to.

use skilled_report::{Rule, file};

use super::description::GUIDE;
use super::{body, note, warning};

pub(super) const ABOUT_LINKS: &[&Rule] =
    &[&DEAD_LINK, &LINK_CASE, &LINK_OUTSIDE, &LINK_BACKSLASH, &DEAD_ANCHOR, &DEEP_REFERENCE, &MISSING_FILE];

pub(crate) static DEAD_LINK: Rule = warning(
    "dead-link",
    "a link leads to a file that does not exist",
    "A model that follows the link finds nothing, and guesses or gives up.",
    "Correct the path, which is relative to the document, or add the file.",
    &[body!("\nRead [the guide](references/giude.md) first.\n"), GUIDE],
    &[body!("\nRead [the guide](references/guide.md) first.\n"), GUIDE],
);
pub(crate) static LINK_CASE: Rule = warning(
    "link-case",
    "a path differs from that of the file in case",
    "It works on macOS and Windows and fails on Linux, where most agents run.",
    "Write the path as the file is called.",
    &[body!("\nRead [the guide](references/Guide.md) first.\n"), GUIDE],
    &[body!("\nRead [the guide](references/guide.md) first.\n"), GUIDE],
);
pub(crate) static LINK_OUTSIDE: Rule = warning(
    "link-outside",
    "a link leads out of the skill",
    "Only the folder of the skill is installed, so that what lies outside is missing wherever the skill is used.",
    "Put the file into the folder of the skill, or link to a web address.",
    &[body!("\nRead [the rules](../shared/rules.md) first.\n")],
    &[body!("\nRead [the guide](references/guide.md) first.\n"), GUIDE],
);
pub(crate) static LINK_BACKSLASH: Rule = warning(
    "link-backslash",
    "a path is written with backslashes",
    "Only Windows separates folders by `\\`; everywhere else this is the name of one file.",
    "Separate folders by `/`, which works on Windows too.",
    &[body!("\nRead [the guide](references\\guide.md) first.\n"), GUIDE],
    &[body!("\nRead [the guide](references/guide.md) first.\n"), GUIDE],
);
pub(crate) static DEAD_ANCHOR: Rule = note(
    "dead-anchor",
    "a link names a heading that does not exist",
    "Readers land at the top of the document and search.",
    "Name the heading as it is written: lower case, hyphens for spaces.",
    &[body!("\nRead [rounding](references/guide.md#rounding) first.\n"), GUIDE],
    &[body!("\nRead [the guide](references/guide.md#guide) first.\n"), GUIDE],
);
pub(crate) static DEEP_REFERENCE: Rule = note(
    "deep-reference",
    "a document is reached only by way of another one",
    "Models often read only the beginning of a document that another document refers to. The specification recommends \
     references that are one level deep.",
    "Mention the document in SKILL.md as well.",
    &[
        body!("\nRead [the guide](references/guide.md) first.\n"),
        file("references/guide.md", "# Guide\n\nRead [the details](details.md).\n"),
        file("references/details.md", "# Details\n\nRound at the end.\n"),
    ],
    &[
        body!("\nRead [the guide](references/guide.md) first, then [the details](references/details.md).\n"),
        file("references/guide.md", "# Guide\n\nRead [the details](details.md).\n"),
        file("references/details.md", "# Details\n\nRound at the end.\n"),
    ],
);
pub(crate) static MISSING_FILE: Rule = warning(
    "missing-file",
    "a script or file named in code does not exist",
    "The command fails as it is written, and the model improvises a replacement.",
    "Correct the path, which is relative to the folder of the skill, or add the file.",
    &[
        body!("\n```bash\npython scripts/totals.py table.csv\n```\n"),
        file("scripts/total.py", "print('total')\n"),
    ],
    &[
        body!("\n```bash\npython scripts/total.py table.csv\n```\n"),
        file("scripts/total.py", "print('total')\n"),
    ],
);
