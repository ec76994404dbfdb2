//! The cursors of lists: opaque, and good for one list only.
//!
//! Base64 (URL alphabet, no padding) of: 8 bytes of a digest over all that follows and the list's name, 8 bytes of the order key,
//! the id. The digest tells cursors of other lists, orders and workspaces, and texts that are none. It is no secret: who makes
//! one up gets a page of their own list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::{Order, StoreError};

/// The longest cursor that is looked at.
const LONGEST: usize = 256;
/// The longest id in one.
const LONGEST_ID: usize = 170;
const CHECK: usize = 8;
const KEY: usize = 8;

/// A place in a list: just behind the item with this key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: i64,
    pub(super) id: String,
}

/// What a cursor is good for.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListName<'a> {
    /// What is listed.
    pub(super) list: &'static str,
    /// Of whom: a workspace, a skill.
    pub(super) owner: &'a str,
    pub(super) order: Order,
}

impl Place {
    /// Writes the place down. None where the id is too long for a cursor, which ids of this program are not.
    pub(super) fn to_cursor(&self, name: ListName<'_>) -> Option<String> {
        if self.id.len() > LONGEST_ID {
            return None;
        }
        let mut bytes = check(name, self.key, &self.id).to_vec();
        bytes.extend_from_slice(&self.key.to_be_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(super) fn from_cursor(cursor: &str, name: ListName<'_>) -> Result<Self, StoreError> {
        let read = || {
            if cursor.len() > LONGEST {
                return None;
            }
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (found, rest) = bytes.split_first_chunk::<CHECK>()?;
            let (key, id) = rest.split_first_chunk::<KEY>()?;
            let place = Self { key: i64::from_be_bytes(*key), id: std::str::from_utf8(id).ok()?.to_owned() };
            (*found == check(name, place.key, &place.id)).then_some(place)
        };
        read().ok_or(StoreError::BadCursor)
    }
}

fn check(name: ListName<'_>, key: i64, id: &str) -> [u8; CHECK] {
    let order = match name.order {
        Order::NewestFirst => 0_u8,
        Order::OldestFirst => 1,
    };
    let mut hasher = Sha256::new();
    for part in [name.list.as_bytes(), name.owner.as_bytes(), &[order], &key.to_be_bytes(), id.as_bytes()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: ListName<'static> = ListName { list: "files", owner: "w1", order: Order::NewestFirst };

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let place = Place { key: 1_234_567_890_123, id: "file_0000000000000000000001".to_owned() };
        let cursor = place.to_cursor(NAME).unwrap();
        assert_eq!(Place::from_cursor(&cursor, NAME).unwrap(), place);
        for other in [
            ListName { list: "skills", ..NAME },
            ListName { owner: "w2", ..NAME },
            ListName { order: Order::OldestFirst, ..NAME },
        ] {
            assert!(matches!(Place::from_cursor(&cursor, other), Err(StoreError::BadCursor)), "{other:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        let good = Place { key: 7, id: "x".to_owned() }.to_cursor(NAME).unwrap();
        let changed = format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { "B" } else { "A" });
        let long = "A".repeat(LONGEST + 1);
        for bad in ["", "A", "AAAA", "????", "é", &good[1..], &changed, &format!("{good}="), &long] {
            assert!(matches!(Place::from_cursor(bad, NAME), Err(StoreError::BadCursor)), "{bad:?}");
        }
    }

    #[test]
    fn the_longest_cursor_can_be_read() {
        let place = Place { key: i64::MAX, id: "é".repeat(LONGEST_ID / 2) };
        let cursor = place.to_cursor(NAME).unwrap();
        assert!(cursor.len() <= LONGEST);
        assert_eq!(Place::from_cursor(&cursor, NAME).unwrap(), place);
        assert_eq!(Place { id: "x".repeat(LONGEST_ID + 1), ..place }.to_cursor(NAME), None);
    }
}
