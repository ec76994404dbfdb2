//! Rules about front matter.

use skilled_report::file;

use super::{Words, rule};
use crate::{Class, RuleInfo, Severity};

pub(in super::super) const BROAD_TOOLS: RuleInfo = rule(
    "broad-tools",
    (Class::OverPrivileged, Severity::Low),
    Words {
        title: "more tools are asked for than needed",
        why: "Tools in `allowed-tools` are approved in advance: with a shell that is everything.",
        help: "Name commands, such as `Bash(git log *)`, and only the tools that are used.",
    },
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes.\nallowed-tools: Bash(*) Read\n---\nText.\n",
    )],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes.\nallowed-tools: Read\n---\nText.\n",
    )],
);

pub(in super::super) const OWN_HOOKS: RuleInfo = rule(
    "own-hooks",
    (Class::OverPrivileged, Severity::Medium),
    Words {
        title: "the skill brings hooks",
        why: "Hooks run on events of the client, without the model or the user asking for it.",
        help: "Describe the step in the text, or let the user add the hook.",
    },
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes.\nhooks:\n  PostToolUse:\n    - command: ./log.sh\n---\nText.\n",
    )],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nTake the notes and show them to the user.\n",
    )],
);

pub(in super::super) const INJECTED_COMMAND: RuleInfo = rule(
    "injected-command",
    (Class::OverPrivileged, Severity::Low),
    Words {
        title: "a command runs when the skill is loaded",
        why: "Commands in `` !`…` `` run before the model has read anything.",
        help: "Keep to commands that only read the project, or let the agent run it.",
    },
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nState: !`git status`\n",
    )],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nState: run git status.\n",
    )],
);

pub(in super::super) const FORK_LOOP: RuleInfo = rule(
    "fork-loop",
    (Class::Metadata, Severity::Medium),
    Words {
        title: "the skill starts itself in a sub-agent",
        why: "A forked skill that tells its agent to use the same skill starts sub-agents without end.",
        help: "Do the work in the fork, or do not fork.",
    },
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes.\ncontext: fork\n---\nUse the notes skill for each part.\n",
    )],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nTake the notes and show them to the user.\n",
    )],
);

pub(in super::super) const IMPERSONATION: RuleInfo = rule(
    "impersonation",
    (Class::Metadata, Severity::Medium),
    Words {
        title: "the skill poses as one of a vendor",
        why: "Names of vendors and words such as \"official\" are trusted.",
        help: "Use a name of your own.",
    },
    &[file(
        "SKILL.md",
        "---\nname: official-anthropic-notes\ndescription: Keeps meeting notes.\n---\nText.\n",
    )],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nTake the notes and show them to the user.\n",
    )],
);

pub(in super::super) const VAGUE_TRIGGER: RuleInfo = rule(
    "vague-trigger",
    (Class::Metadata, Severity::Medium),
    Words {
        title: "the skill is for anything",
        why: "A description that fits any request is loaded where it does not belong.",
        help: "Name the tasks the skill is for.",
    },
    &[file("SKILL.md", "---\nname: helper\ndescription: Helps with anything the user needs.\n---\nText.\n")],
    &[file(
        "SKILL.md",
        "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\nTake the notes and show them to the user.\n",
    )],
);
