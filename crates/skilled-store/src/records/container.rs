//! Containers: sandboxes that live across requests.

use serde_json::Value;
use skilled_message::UnixMillis;

use super::{Answer, Page, PageQuery};

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRecord {
    /// Its id (`container_…`).
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// Whether it can be used.
    pub state: ContainerState,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was last used.
    pub last_used_at: UnixMillis,
    /// When it ends unless it is used before.
    pub expires_at: UnixMillis,
    /// The skills in it, as whoever runs it writes them.
    pub skills: Value,
    /// How to find it again, as whoever runs it writes that.
    pub control: Value,
    /// The folder of its files, as whoever runs it writes that.
    pub session_dir: String,
}

/// Whether a container can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// It can.
    Active,
    /// Somebody stopped it.
    Stopped,
    /// Nobody used it for long enough.
    Expired,
}

/// The containers.
pub trait Containers {
    /// Keeps a new container.
    fn create_container(&self, container: ContainerRecord) -> Answer<'_, ()>;

    /// Returns a container.
    fn container<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<ContainerRecord>>;

    /// Notes that a container is used at `now` and lives until `expires_at`; returns it. One that is not active is
    /// [`StoreError::NotFound`](crate::StoreError::NotFound): who touches it first decides between use and expiry.
    fn touch_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        now: UnixMillis,
        expires_at: UnixMillis,
    ) -> Answer<'a, ContainerRecord>;

    /// Replaces the skills and the control information of a container.
    fn describe_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        skills: Value,
        control: Value,
    ) -> Answer<'a, ()>;

    /// Stops a container, or notes that it has expired. Returns whether it was active before: who gets `true` is the one to
    /// end its sandbox.
    fn end_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        state: ContainerState,
    ) -> Answer<'a, bool>;

    /// Notes that at most `limit` active containers whose time is over, in all workspaces, have expired, and returns them.
    fn expire_containers(&self, now: UnixMillis, limit: u32) -> Answer<'_, Vec<ContainerRecord>>;

    /// Returns containers of one workspace, or of all; of one state, or of all.
    fn containers<'a>(
        &'a self,
        workspace: Option<&'a str>,
        state: Option<ContainerState>,
        query: PageQuery,
    ) -> Answer<'a, Page<ContainerRecord>>;

    /// Forgets a container that is not active; an active one or none is
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    fn delete_container<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, ()>;
}
