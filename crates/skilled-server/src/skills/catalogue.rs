//! The file that remembers versions of skills that come with the server.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use skilled_message::UnixMillis;
use skilled_wire::Time;

use super::builtin::{Builtin, BuiltinVersion};

const DAY: UnixMillis = 24 * 60 * 60 * 1000;
/// A list of versions is small; something larger is something else.
const LARGEST: u64 = 16 << 20;

/// All versions that servers on this data have served, the oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    skills: BTreeMap<String, Vec<Noted>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    version: String,
    digest: String,
    description: String,
    created_at: UnixMillis,
}

impl Catalogue {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.len() > LARGEST => Err(io::Error::other("it is too large")),
            Ok(_) => serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file in one step.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    }

    /// Notes that a skill has these files now. Returns whether that is news.
    pub(super) fn note(&mut self, name: &str, digest: &str, description: &str, now: UnixMillis) -> bool {
        let versions = self.skills.entry(name.to_owned()).or_default();
        if versions.last().is_some_and(|last| last.digest == digest) {
            return false;
        }
        // A date stands for one version for good: a second one on a day takes the next day.
        let mut day = now / DAY;
        while versions.iter().any(|noted| noted.version == date(day)) {
            day += 1;
        }
        versions.push(Noted {
            version: date(day),
            digest: digest.to_owned(),
            description: description.to_owned(),
            created_at: now,
        });
        true
    }

    pub(super) fn into_skills(self) -> Vec<Builtin> {
        let version = |noted: Noted| {
            let Noted { version, digest, description, created_at } = noted;
            BuiltinVersion { version, description, digest, created_at }
        };
        let skill = |(id, versions): (String, Vec<Noted>)| {
            let versions = versions.into_iter().rev().map(version).collect();
            Builtin { id, versions }
        };
        self.skills.into_iter().map(skill).collect()
    }
}

/// A day as eight digits.
pub(super) fn date(day: UnixMillis) -> String {
    let text = Time::from_millis(day * DAY).to_string();
    text.chars().take(10).filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_content_has_a_date_of_its_own_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.json");
        let mut catalogue = Catalogue::read(&path).unwrap();
        let now = 20_000 * DAY + 5;
        assert!(catalogue.note("xlsx", "a", "A", now));
        assert!(!catalogue.note("xlsx", "a", "A", now + DAY));
        assert!(catalogue.note("xlsx", "b", "B", now));
        catalogue.write(&path).unwrap();
        let skills = Catalogue::read(&path).unwrap().into_skills();
        let versions: Vec<_> =
            skills[0].versions.iter().map(|it| (it.version.as_str(), it.digest.as_str())).collect();
        assert_eq!(versions, [("20241005", "b"), ("20241004", "a")]);
    }

    #[test]
    fn a_damaged_list_is_no_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.json");
        fs::write(&path, "{").unwrap();
        assert!(Catalogue::read(&path).is_err());
    }
}
