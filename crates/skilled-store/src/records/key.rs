//! Workspaces and the keys that open them.

use skilled_message::UnixMillis;

use super::Answer;

/// What separates the things of one group of users from those of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRecord {
    /// Its id (`wrkspc_…`).
    pub id: String,
    /// Its name, unique.
    pub name: String,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// A key to the API. Its secret is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id (`key_…`).
    pub id: String,
    /// The workspace that it opens.
    pub workspace: String,
    /// What people call it.
    pub name: String,
    /// The SHA-256 of the secret, unique. That is enough: the secret is random and long, so nobody can guess it from this.
    pub hash: [u8; 32],
    /// The last four characters of the secret, to tell keys apart.
    pub hint: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was revoked. It is good for nothing from then on.
    pub revoked_at: Option<UnixMillis>,
    /// When it was last used, as far as [`Usage::add_usage`](super::Usage::add_usage) was told.
    pub last_used_at: Option<UnixMillis>,
}

/// The workspaces.
pub trait Workspaces {
    /// Makes a workspace. One with this id or this name there already is
    /// [`StoreError::Exists`](crate::StoreError::Exists).
    fn create_workspace(&self, workspace: WorkspaceRecord) -> Answer<'_, ()>;

    /// Returns the workspace of this name.
    fn workspace_by_name<'a>(&'a self, name: &'a str) -> Answer<'a, Option<WorkspaceRecord>>;

    /// Returns all workspaces, oldest first.
    fn workspaces(&self) -> Answer<'_, Vec<WorkspaceRecord>>;
}

/// The keys. Who calls these decides about all workspaces.
pub trait Keys {
    /// Keeps a key. Its workspace must exist; a key with this id or this hash there already is
    /// [`StoreError::Exists`](crate::StoreError::Exists).
    fn create_key(&self, key: KeyRecord) -> Answer<'_, ()>;

    /// Returns the keys of one workspace, or of all, oldest first, revoked ones included.
    fn keys<'a>(&'a self, workspace: Option<&'a str>) -> Answer<'a, Vec<KeyRecord>>;

    /// Returns the key with this hash, unless it was revoked.
    fn live_key(&self, hash: [u8; 32]) -> Answer<'_, Option<KeyRecord>>;

    /// Returns whether there is any key, revoked ones included.
    fn any_key(&self) -> Answer<'_, bool>;

    /// Revokes a key and returns it. Once is enough: a second time changes nothing.
    fn revoke_key<'a>(&'a self, id: &'a str, now: UnixMillis) -> Answer<'a, KeyRecord>;
}
