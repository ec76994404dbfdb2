//! Reading the files of a folder, within limits.

use skilled_format::{Code, Content, Folder, Listed, ListedKind, SKILL_FILE, read_skill};

use super::archive;
use super::decode::{self, Decoded};
use super::{Binary, Material, Source, parts};
use crate::Limits;

/// Most bytes kept of a file that is no text.
const HEAD_BYTES: usize = 4096;

impl<'a> Material<'a> {
    /// Reads what is in `folder`. What is not read as a whole is noted in [`Material::unread`].
    pub(crate) fn read(folder: &'a Folder, limits: &Limits) -> Self {
        let (skill_file, reading) = match folder.skill_file() {
            Ok(bytes) => {
                let reading = read_skill(&bytes, folder.name());
                (Some(bytes), reading)
            }
            Err(_) => (None, folder.reading()),
        };
        let mut material = Self {
            folder,
            reading,
            sources: Vec::new(),
            binaries: Vec::new(),
            archives: Vec::new(),
            unread: Vec::new(),
        };
        let mut left = limits.total_bytes;
        for listed in folder.files() {
            match &listed.kind {
                ListedKind::File { executable, size } => {
                    material.file(listed, *executable, *size, limits, &mut left);
                }
                // SKILL.md may be a link to a file of any name; as SKILL.md it is prose.
                ListedKind::Link { .. } if listed.path == SKILL_FILE => {
                    if let Some(bytes) = &skill_file {
                        material.content(SKILL_FILE, bytes.clone(), false, bytes.len() as u64);
                    }
                }
                ListedKind::Link { .. } | ListedKind::Directory => {}
            }
        }
        material.note_left_out();
        material
    }

    fn file(&mut self, listed: &Listed, executable: bool, size: u64, limits: &Limits, left: &mut u64) {
        let most = limits.file_bytes.min(*left);
        if most == 0 {
            self.note(&listed.path, "the skill is larger than what is read of it");
            return;
        }
        let Content { bytes, cut } = match self.folder.read(&listed.path, most) {
            Ok(content) => content,
            Err(error) => return self.note(&listed.path, &format!("it cannot be read: {error}")),
        };
        *left -= bytes.len() as u64;
        if archive::is_archive(&listed.path, &bytes) {
            let whole = if cut { self.whole_archive(&listed.path, *left) } else { Some(bytes.clone()) };
            match whole {
                Some(whole) if parts::is_office(&listed.path) => {
                    self.document(&listed.path, whole, limits, left);
                }
                Some(whole) => self.look_into(&listed.path, whole, limits, left),
                None => self.note(&listed.path, "the archive is too large to be looked into"),
            }
        }
        let is_text = self.content(&listed.path, bytes, executable, size);
        if cut && is_text {
            self.note(&listed.path, &format!("only the first {most} bytes were looked at"));
        }
    }

    /// Sorts a file in; returns whether it is text.
    pub(super) fn content(&mut self, path: &str, bytes: Vec<u8>, executable: bool, size: u64) -> bool {
        match decode::decode(bytes) {
            Decoded::Text(text) => {
                if path.strip_suffix(".ipynb").is_some() {
                    self.notebook(path, &text);
                }
                self.sources.push(Source::new(path.to_owned(), text));
                true
            }
            Decoded::Binary(mut head) => {
                head.truncate(HEAD_BYTES);
                self.binaries.push(Binary { path: path.to_owned(), executable, size, head });
                false
            }
        }
    }

    /// The cells of a notebook, as files in it.
    fn notebook(&mut self, path: &str, text: &str) {
        let Some((code, prose)) = parts::cells(text) else { return };
        for (name, part) in [("code.py", code), ("text.md", prose)] {
            if !part.is_empty() {
                self.sources.push(Source::new(format!("{path}!/{name}"), part));
            }
        }
    }

    /// What the folder could not list is not seen by any rule.
    fn note_left_out(&mut self) {
        let left_out: Vec<(String, String)> = self
            .folder
            .diagnostics()
            .iter()
            // A folder that is too deep is listed itself, without what is in it.
            .filter(|found| found.code == Code::TreeTooLarge || self.folder.get(&found.file).is_none())
            .map(|found| (skilled_format::printable(&found.file), found.message.clone()))
            .collect();
        self.unread.extend(left_out);
    }

    pub(super) fn note(&mut self, path: &str, reason: &str) {
        self.unread.push((skilled_format::printable(path), skilled_format::printable(reason)));
    }
}
