//! One skill, checked.

use skilled_format::{Code, Diagnostic, Folder};

use crate::allow::Allowances;
use crate::documents::Documents;
use crate::material::{Gap, Material, Overrides};
use crate::sink::{Draft, Sink};
use crate::{Finding, Settings, front, paths, rules, scripts, text, tree};

/// What there is to say about one skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The skill's name, when it loads.
    pub name: Option<String>,
    /// Whether a client can use it.
    pub loaded: bool,
    /// Whether the reference validator of agentskills.io accepts its SKILL.md.
    pub valid: bool,
    /// Findings in force, SKILL.md first, then by file and place.
    pub findings: Vec<Finding>,
    /// How many findings settings and comments in the skill turned off.
    pub suppressed: usize,
}

/// Checks the skill in a folder.
///
/// [`Settings`] turn rules off or change their severity everywhere. In a skill, a comment does it at a place:
///
/// - `<!-- skilled: allow=dead-link,crlf -->` in Markdown, `# skilled: allow=home-path` in front matter and scripts, also
///   with `//`: alone on a line it is about the next line that is not blank, after other text about its own line;
/// - `allow-file=` in the same places is about the whole file; in SKILL.md it is also about the folder and the files
///   that hold no text.
///
/// A comment hides findings only: [`Checked::loaded`] and [`Checked::valid`] do not depend on it. A comment inside a code
/// fence is an example and does nothing.
pub fn check(folder: &Folder, settings: &Settings) -> Checked {
    check_with(folder, settings, &Overrides::new())
}

/// The same, with other content of some files.
pub(crate) fn check_with(folder: &Folder, settings: &Settings, overrides: &Overrides) -> Checked {
    let material = Material::load(folder, overrides);
    let documents = Documents::new(&material);
    let allowances = Allowances::collect(&material, &documents);
    let mut sink = Sink::new(settings, &allowances);
    report_format(&material, &mut sink);
    report_gaps(&material, &mut sink);
    report_left_out(&documents, &allowances, &mut sink);
    front::check(&material, settings, &mut sink);
    tree::check(&material, &mut sink);
    let references = paths::References::new(&material, &documents);
    references.check(&mut sink);
    scripts::check(&material, &references, &mut sink);
    text::check(&material, &documents, &mut sink);
    let (findings, suppressed) = sink.finish(&material.texts);
    let Material { reading, .. } = material;
    Checked {
        loaded: reading.skill.is_some(),
        name: reading.skill.map(|skill| skill.name),
        valid: reading.valid,
        findings,
        suppressed,
    }
}

/// What `skilled-format` found, with the repairs and the clients that only this crate knows.
fn report_format(material: &Material<'_>, sink: &mut Sink<'_>) {
    let mut repairs = front::Repairs::new(material);
    for found in &material.reading.diagnostics {
        let draft = Draft::from(found).with_fix(repairs.of(found));
        sink.push(match owner(material, found) {
            Some(owner) => {
                let help = format!(
                    "{owner} The reference validator and uploads to hosted services refuse it; {MOVE}"
                );
                draft.with_help(help)
            }
            None => draft,
        });
    }
    for found in material.folder.diagnostics() {
        sink.push(Draft::from(found));
    }
}

const MOVE: &str = "move it below `metadata:` to be portable.";

/// Which client knows the field that a finding is about.
fn owner(material: &Material<'_>, found: &Diagnostic) -> Option<String> {
    if !matches!(found.code, Code::ExtensionField | Code::UnknownField) {
        return None;
    }
    let field = material.skill_text()?.content.get(found.span.clone())?.trim().trim_matches(['"', '\'']);
    front::owner(field).map(|owner| format!("`{field}` is a field of {owner}."))
}

/// Files that were not read as text.
fn report_gaps(material: &Material<'_>, sink: &mut Sink<'_>) {
    for (path, gap) in &material.gaps {
        sink.push(match gap {
            Gap::NotUtf8(at) => {
                let message = format!("the file is not UTF-8 from byte {at} on; nothing in it was checked");
                Draft::whole(&rules::FILE_NOT_UTF8, path.clone(), message)
            }
            Gap::Cut => {
                Draft::whole(&rules::NOT_CHECKED, path.clone(), "only the first MiB of the file was checked")
            }
            Gap::TooMuch => {
                let message = "the file was not checked: the skill has more than 16 MiB of text";
                Draft::whole(&rules::NOT_CHECKED, path.clone(), message)
            }
            Gap::Failed(error) => {
                let message = format!("the file was not checked: {error}");
                Draft::whole(&rules::NOT_CHECKED, path.clone(), message)
            }
        });
    }
}

/// Documents and comments beyond what is looked at.
fn report_left_out(documents: &Documents<'_>, allowances: &Allowances, sink: &mut Sink<'_>) {
    if let [first, others @ ..] = documents.left_out() {
        let message = format!(
            "links and paths in this document and {} more were not checked: the skill has more than {} documents",
            others.len(),
            Documents::MOST
        );
        sink.push(Draft::whole(&rules::NOT_CHECKED, *first, message));
    }
    for file in allowances.cut_files() {
        let message = format!(
            "only the first {} comments that turn rules off were looked at",
            Allowances::MOST_IN_FILE
        );
        sink.push(Draft::whole(&rules::NOT_CHECKED, file, message));
    }
}
