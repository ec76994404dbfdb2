//! What failed requests mean to who gave the command.

use skilled_client::Error as ClientError;

use super::Door;
use crate::commands::pack;
use crate::error::{Error, Kind, Result};

/// Makes an error of the command line out of one of the client.
pub(super) trait OrFailed<T> {
    fn or_failed(self, door: &Door) -> Result<T>;
}

impl<T> OrFailed<T> for std::result::Result<T, ClientError> {
    fn or_failed(self, door: &Door) -> Result<T> {
        self.map_err(|error| failed(error, door))
    }
}

fn failed(error: ClientError, door: &Door) -> Error {
    let kind = kind(&error);
    if let ClientError::Pack(error) = error {
        return pack::failed(*error);
    }
    let source = &door.source;
    let shown = Error::about(kind, &error);
    match error.status() {
        Some(401 | 403) => match &source.key_from {
            Some(from) => shown.hint(format!("the key comes from: {from}")),
            None => shown.hint("no key was sent: --api-key-file FILE or SKILLED_API_KEY"),
        },
        Some(_) => shown,
        None if matches!(error, ClientError::Transport { .. } | ClientError::Redirect { .. }) => shown
            .hint(format!("the address comes from: {}", source.url_from))
            .hint("`skilled serve` starts a server; --base-url names another"),
        None => shown,
    }
}

/// Who has to act.
fn kind(error: &ClientError) -> Kind {
    match error {
        ClientError::Api(said) => match said.status {
            401 | 403 => Kind::Usage,
            408 | 429 | 500.. => Kind::Provider,
            _ => Kind::Job,
        },
        ClientError::Transport { .. }
        | ClientError::Silent { .. }
        | ClientError::Unexpected { .. }
        | ClientError::Stream(_) => Kind::Provider,
        ClientError::Redirect { .. }
        | ClientError::BaseUrl { .. }
        | ClientError::Header { .. }
        | ClientError::Id { .. }
        | ClientError::Exists { .. } => Kind::Usage,
        ClientError::File { action, .. } if *action == "read" => Kind::Usage,
        ClientError::File { .. }
        | ClientError::TooLarge { .. }
        | ClientError::Upload(_)
        | ClientError::Pack(_) => Kind::Job,
    }
}
