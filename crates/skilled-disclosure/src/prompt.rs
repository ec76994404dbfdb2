//! The system prompt: the environment, the skills, the caller's text.

use std::fmt::Write as _;

use crate::Section;

/// Where the model works, as it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The working directory.
    pub workspace: String,
    /// Where files for the user go.
    pub outputs: String,
    /// Where input files are.
    pub uploads: String,
    /// The skills' folder.
    pub skills: String,
    /// The folder of the Python environment with the skills' libraries, if there is one.
    pub python: Option<String>,
    /// What network there is.
    pub network: Network,
    /// The input files. Listed in the order of their names.
    pub input_files: Vec<InputFile>,
}

/// What network the model's commands have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// None.
    Closed,
    /// That of the host.
    Host,
}

/// A file that the user gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Its path in the sandbox.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Returns the system prompt: the environment, the catalogue, the caller's own text, the input files.
///
/// What differs from one session to the next comes last, so that sessions share as much of it as they can. The same
/// arguments give the same bytes.
pub fn system_prompt(environment: &Environment, skills: Option<&Section>, own: Option<&str>) -> String {
    let Environment { workspace, outputs, uploads, python, network, .. } = environment;
    let mut out = format!(
        "You finish the user's task by working on files in a Linux environment of your own, with the tools you are given. \
         Work until the task is done and its result checked; nobody can answer questions in between.\n\n\
         <environment>\n\
         - {workspace} is the working folder. It is kept for the whole session.\n\
         - {outputs} is the folder of results. The user sees no other files. Give finished files to the user with \
         present_files; a result that was not presented is not delivered.\n\
         - {uploads} holds the files the user gave.\n"
    );
    if skills.is_some() {
        let kept = match network {
            Network::Closed => " What you write there is not kept.",
            Network::Host => " Do not change them.",
        };
        let _ = writeln!(out, "- {} holds the skills.{kept}", environment.skills);
    }
    out.push_str(
        "- Commands run in one bash shell without a terminal: the folder and variables stay between calls.\n",
    );
    match python {
        Some(python) => {
            let _ = writeln!(
                out,
                "- python3 has the libraries of the environment in {python}; it cannot be changed."
            );
        }
        None => out.push_str("- python3 has its standard library.\n"),
    }
    out.push_str(match network {
        Network::Closed => "- There is no network: nothing can be downloaded or installed from the internet.\n",
        Network::Host => "- Commands run without isolation on the user's machine, with its network. Change nothing outside the folders above.\n",
    });
    out.push_str("</environment>\n");
    if let Some(section) = skills {
        let _ = write!(out, "\n{}", section.text);
    }
    if let Some(own) = own.filter(|own| !own.trim().is_empty()) {
        let _ = write!(out, "\n{}\n", own.trim_end());
    }
    add_input_files(&mut out, &environment.input_files);
    out
}

fn add_input_files(out: &mut String, files: &[InputFile]) {
    if files.is_empty() {
        return;
    }
    let mut sorted: Vec<&InputFile> = files.iter().collect();
    sorted.sort();
    out.push_str("\nThe user gave these files:\n");
    for file in sorted {
        // A name may hold anything, a line of instructions included.
        let path: String = file.path.chars().flat_map(shown).collect();
        let _ = writeln!(out, "- {path} ({} bytes)", file.bytes);
    }
}

/// Escapes control characters and what reorders or hides text (Unicode bidirectional and zero-width formats).
fn shown(character: char) -> Vec<char> {
    let misleads = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    if character.is_control() || misleads { character.escape_default().collect() } else { vec![character] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_input_files_cannot_mislead() {
        for hidden in ['\n', '\u{7f}', '\u{9b}', '\u{200b}', '\u{200f}', '\u{202e}', '\u{2069}', '\u{feff}'] {
            let mut out = String::new();
            add_input_files(&mut out, &[InputFile { path: format!("a{hidden}b"), bytes: 1 }]);
            assert!(out.ends_with(&format!("\n- a{}b (1 bytes)\n", hidden.escape_default())), "{out:?}");
        }
        let mut out = String::new();
        add_input_files(&mut out, &[InputFile { path: "é 表.txt".to_owned(), bytes: 1 }]);
        assert!(out.ends_with("- é 表.txt (1 bytes)\n"), "{out:?}");
    }
}
