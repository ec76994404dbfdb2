//! Rules about scripts.

use skilled_report::{Rule, file, script};

use super::{body, note, warning};

pub(super) const ABOUT_SCRIPTS: &[&Rule] =
    &[&MISSING_SHEBANG, &NOT_EXECUTABLE, &UNRUNNABLE_SCRIPT, &SHEBANG_CRLF];

pub(crate) static MISSING_SHEBANG: Rule = warning(
    "missing-shebang",
    "an executable script does not say what runs it",
    "The system cannot start it (execve(2), `ENOEXEC`); a shell that tries reads Python as shell commands.",
    "Start the file with a line such as `#!/usr/bin/env python3`, or do not make it executable.",
    &[body!("\nRun `scripts/total.py`.\n"), script("scripts/total.py", "print('total')\n")],
    &[
        body!("\nRun `scripts/total.py`.\n"),
        script("scripts/total.py", "#!/usr/bin/env python3\nprint('total')\n"),
    ],
);
pub(crate) static NOT_EXECUTABLE: Rule = note(
    "not-executable",
    "a script with a shebang is not executable",
    "The first line says that the script can be started by its name, and its permissions say that it cannot.",
    "Make it executable: `chmod +x`, in a repository `git update-index --chmod=+x`.",
    &[
        body!("\nRun `python3 scripts/total.py`.\n"),
        file("scripts/total.py", "#!/usr/bin/env python3\nprint('total')\n"),
    ],
    &[
        body!("\nRun `python3 scripts/total.py`.\n"),
        script("scripts/total.py", "#!/usr/bin/env python3\nprint('total')\n"),
    ],
);
pub(crate) static UNRUNNABLE_SCRIPT: Rule = warning(
    "unrunnable-script",
    "a script that the instructions start by its name cannot be started so",
    "The command fails with \"permission denied\" or runs in the wrong interpreter, on the first try of every user.",
    "Make the script executable and give it a shebang, or name the interpreter: `python3 scripts/total.py`.",
    &[
        body!("\n```bash\n./scripts/total.py table.csv\n```\n"),
        file("scripts/total.py", "#!/usr/bin/env python3\nprint('total')\n"),
    ],
    &[
        body!("\n```bash\n./scripts/total.py table.csv\n```\n"),
        script("scripts/total.py", "#!/usr/bin/env python3\nprint('total')\n"),
    ],
);
pub(crate) static SHEBANG_CRLF: Rule = warning(
    "shebang-crlf",
    "the first line of a script ends with a carriage return",
    "Linux looks for an interpreter whose name ends with the carriage return, and says \"no such file or directory\".",
    "Save the script with line ends of Unix (LF).",
    &[body!("\nRun `scripts/total.sh`.\n"), script("scripts/total.sh", "#!/bin/sh\r\necho total\r\n")],
    &[body!("\nRun `scripts/total.sh`.\n"), script("scripts/total.sh", "#!/bin/sh\necho total\n")],
);
