//! The HTTP interface: skills, files, models and messages, for clients of Claude's hosted API.
//!
//! [`router()`] makes the whole interface of an [`AppState`], and [`Server`] serves it: connections, certificates, an end that
//! lets running requests end. [`housekeeping()`] clears away what has expired while that goes on. Each resource has one file.
//!
//! A request passes, in this order: the route (404, 405), the place among all requests (429), the key (401), the version (400), the
//! place among those of its key (429), then its handler. Every answer names the request; every error has the same shape, which the
//! outermost layer writes.
//!
//! This crate must never read the environment or the clock, run anything, or know a database: it is given [`Parts`].

mod admit;
mod auth;
mod body;
mod config;
mod fault;
mod files;
mod health;
mod housekeeping;
mod messages;
mod metrics;
mod model_list;
mod models;
mod multipart;
mod openapi;
mod outermost;
mod peer;
mod query;
mod reply;
mod router;
mod serve;
mod skills;
mod state;
mod tls;
mod usage;

pub use auth::{Client, DEFAULT_WORKSPACE, RequestName};
pub use body::IncomingBody;
pub use config::{Config, Limits, Network, ParseNetworkError};
pub use fault::Fault;
pub use housekeeping::housekeeping;
pub use metrics::Metrics;
pub use models::{Execution, Models, ServedModel};
pub use openapi::openapi;
pub use reply::{Answer, Reply};
pub use router::router;
pub use serve::{ServeError, Server};
pub use skills::{BuiltinError, Builtins, ResolvedSkill, SkillOwner, resolve};
pub use state::{AppState, Clock, Inner, Parts};
pub use tls::{Certificate, TlsError};
pub use usage::UsageSums;
