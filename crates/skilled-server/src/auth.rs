//! Who asks: key, workspace, version of the interface.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use skilled_wire::ErrorType;

use crate::peer::Peer;
use crate::{AppState, Fault};

/// The workspace of a server without keys, and the name of the first one.
pub const DEFAULT_WORKSPACE: &str = "default";

/// From this version of the interface on, objects have their present shape whatever betas say.
const CURRENT_VERSION: &str = "2026-10-21";
/// The beta of clients that address versions of skills by microseconds.
const LEGACY_SKILLS: &str = "skills-2025-10-02";

/// Who asks, and for which generation of the interface.
#[derive(Debug, Clone)]
pub struct Client {
    /// The workspace: nothing outside of it is seen.
    pub workspace: Arc<str>,
    /// The key's id, to which usage is charged; empty without a key.
    pub key: Arc<str>,
    /// `anthropic-version`, such as `2023-06-01`.
    pub version: Arc<str>,
    /// What `anthropic-beta` lists.
    pub betas: Arc<[String]>,
}

impl Client {
    /// Whether the client sent this beta.
    pub fn has_beta(&self, name: &str) -> bool {
        self.betas.iter().any(|beta| beta == name)
    }

    /// Whether the client knows the interface as it is since October 2026. Dates compare as texts.
    pub fn is_current(&self) -> bool {
        *self.version >= *CURRENT_VERSION
    }

    /// Whether the client addresses versions of skills by microseconds and has one folder per upload.
    pub(crate) fn has_legacy_skills(&self) -> bool {
        self.has_beta(LEGACY_SKILLS)
    }
}

/// Behind the gate every request has one.
impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unauthenticated)
    }
}

/// The id of the request, for answers that name it themselves.
#[derive(Debug, Clone)]
pub struct RequestName(pub Arc<str>);

impl<S: Sync> FromRequestParts<S> for RequestName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(Arc::from(""))))
    }
}

/// Keys that were looked up a moment ago. One that is revoked is good for that moment still.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys {
    keys: Mutex<HashMap<[u8; 32], (Instant, Identity)>>,
    any: Mutex<Option<(Instant, bool)>>,
}

#[derive(Debug, Clone)]
struct Identity {
    workspace: Arc<str>,
    key: Arc<str>,
}

/// How long a key is remembered.
const MOMENT: Duration = Duration::from_secs(1);
/// How many keys are remembered.
const MOST_KEYS: usize = 10_000;

/// Lets requests pass whose key is good and that name a version, with a [`Client`].
pub(crate) async fn gate(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    match admit(&app, request.headers(), peer).await {
        Ok(client) => {
            request.extensions_mut().insert(client.clone());
            let workspace = HeaderValue::from_str(&client.workspace);
            let mut response = crate::admit::within_key(&app, &client, request, next).await;
            if let Ok(workspace) = workspace {
                response.headers_mut().insert("anthropic-workspace-id", workspace);
            }
            response.extensions_mut().insert(client);
            response
        }
        Err(fault) => fault.into_response(),
    }
}

async fn admit(app: &AppState, headers: &HeaderMap, peer: Option<Peer>) -> Result<Client, Fault> {
    let identity = match identify(app, headers).await? {
        Some(identity) => identity,
        None if app.keys.any(app).await? => return Err(unauthenticated()),
        None => without_keys(app, headers, peer)?,
    };
    let version = text(headers, "anthropic-version").unwrap_or_default();
    if version.is_empty() {
        return Err(Fault::invalid("anthropic-version: header is required"));
    }
    if !is_date(version) {
        let version = crate::query::shown(version);
        return Err(Fault::invalid(format!("anthropic-version: \"{version}\" is not a valid version")));
    }
    if let Some(wanted) = text(headers, "anthropic-workspace-id")
        && !identity.key.is_empty()
        && *wanted != *identity.workspace
    {
        return Err(Fault::new(ErrorType::Permission, "This key is of another workspace."));
    }
    let betas = headers.get_all("anthropic-beta").iter().filter_map(|value| value.to_str().ok());
    let betas: Vec<String> =
        betas.flat_map(|list| list.split(',')).map(|beta| beta.trim().to_owned()).collect();
    let Identity { workspace, key } = identity;
    Ok(Client { workspace, key, version: Arc::from(version), betas: betas.into() })
}

/// Whose key the request has; none when it has none or a wrong one.
async fn identify(app: &AppState, headers: &HeaderMap) -> Result<Option<Identity>, Fault> {
    let bearer = text(headers, "authorization").and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
    });
    let Some(secret) = bearer.or_else(|| text(headers, "x-api-key")) else { return Ok(None) };
    app.keys.find(app, secret).await
}

/// Whether the request has a good key, for what is outside of `/v1`.
pub(crate) async fn has_key(app: &AppState, headers: &HeaderMap) -> bool {
    matches!(identify(app, headers).await, Ok(Some(_)))
}

impl KnownKeys {
    async fn find(&self, app: &AppState, secret: &str) -> Result<Option<Identity>, Fault> {
        let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some((at, identity)) = known
            && at.elapsed() < MOMENT
        {
            return Ok(Some(identity));
        }
        let found = app.records.live_key(hash).await?;
        let identity = found.map(|key| Identity { workspace: key.workspace.into(), key: key.id.into() });
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match &identity {
            Some(identity) => {
                if keys.len() >= MOST_KEYS {
                    keys.clear();
                }
                keys.insert(hash, (Instant::now(), identity.clone()));
            }
            None => {
                keys.remove(&hash);
            }
        }
        Ok(identity)
    }

    /// Whether the server has any key.
    async fn any(&self, app: &AppState) -> Result<bool, Fault> {
        let known = *self.any.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some((_, true)) => Ok(true),
            Some((at, false)) if at.elapsed() < MOMENT => Ok(false),
            _ => {
                let any = app.records.any_key().await?;
                *self.any.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), any));
                Ok(any)
            }
        }
    }
}

/// A server without keys serves programs of this machine only: no other machine, and no page in a browser here, which
/// could send forms to this machine, or be called by a name that was made to lead here.
fn without_keys(app: &AppState, headers: &HeaderMap, peer: Option<Peer>) -> Result<Identity, Fault> {
    let here = peer.is_some_and(|peer| peer.address.to_canonical().is_loopback() && !peer.is_forwarded);
    let from_page = |name| {
        text(headers, name).is_some_and(|origin| {
            let host = origin.split_once("://").map_or(origin, |(_, rest)| rest);
            !is_own_name(app, host)
        })
    };
    let named = peer.is_some_and(|peer| peer.is_tls)
        || text(headers, header::HOST.as_str()).is_none_or(|host| is_own_name(app, host));
    let cross_site = text(headers, "sec-fetch-site").is_some_and(|site| site == "cross-site");
    if !here || !named || cross_site || from_page("origin") {
        return Err(unauthenticated());
    }
    Ok(Identity { workspace: Arc::from(DEFAULT_WORKSPACE), key: Arc::from("") })
}

fn is_own_name(app: &AppState, host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
        || name.eq_ignore_ascii_case("localhost")
        || app.config.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
}

fn unauthenticated() -> Fault {
    Fault::new(ErrorType::Authentication, "Authentication failed")
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `YYYY-MM-DD`
fn is_date(text: &str) -> bool {
    let shape =
        |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}
