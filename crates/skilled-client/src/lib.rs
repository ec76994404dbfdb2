//! A typed client of the HTTP interface: skills, files, messages, models, batches.
//!
//! It speaks to `skilled serve` and to Claude's hosted API alike. A [`Client`] has one method for each resource:
//! [`Client::skills`], [`Client::files`], [`Client::messages`], [`Client::models`], [`Client::batches`]. Requests that
//! fail before their answer begins are sent again as the official clients do it; an answer that has begun is never
//! asked for twice. Uploads and downloads are streamed: memory does not grow with them.
//!
//! On top of that are the helpers that programs with skills need: [`response_files`] names the files that code in a
//! container made, [`Files::save`] and [`Files::save_all`] fetch them under names that do no harm, a [`Conversation`]
//! stays in its container by itself, and [`run_tools`] answers the calls of client tools until the model is done.
//!
//! This crate must never print or log a key, nor read the environment, the home directory or the clock. (The HTTP
//! client reads the proxy settings of the system for hosts other than this machine.)
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use skilled_client::{ApiKey, Client, Conversation, Options, SkillFiles, skill, skilled_wire::messages::MessagesRequest};
//!
//! let client = Client::new("http://127.0.0.1:8787", ApiKey::new("sk-…"), Options::default())?;
//! let report = client.skills().create(SkillFiles::folder("skills/report").await?, None).await?;
//! let request = MessagesRequest::new("claude-opus-4-8", 16_000, Vec::new());
//! let mut conversation = Conversation::new(request);
//! conversation.add_skills([skill("xlsx"), skill(&report.id)]);
//! conversation.say("Make a report of the sales of March.");
//! let answer = conversation.send(&client).await?;
//! for saved in client.files().save_all(&answer, "out").await? {
//!     println!("{}", saved.path.display());
//! }
//! # Ok(())
//! # }
//! ```

mod batches;
mod body;
mod call;
mod client;
mod conversation;
mod download;
mod error;
mod files;
mod generated;
mod messages;
mod models;
mod multipart;
mod names;
mod pages;
mod skill_files;
mod skills;
mod stream;
mod tools;
mod upload;

pub use skilled_model::{ApiKey, HttpClient, Jitter, RetryPolicy};
pub use skilled_wire;

pub use batches::{Batches, Results};
pub use client::{Client, Options, VERSION};
pub use conversation::{Conversation, skill};
pub use download::{Download, Existing, Saved};
pub use error::{ApiError, Error, Result};
pub use files::{FileList, Files};
pub use generated::{ResponseFile, response_files};
pub use messages::Messages;
pub use models::Models;
pub use names::safe_name;
pub use pages::Pages;
pub use skill_files::SkillFiles;
pub use skills::{LATEST, Skills, Versions};
pub use stream::MessageStream;
pub use tools::{Ended, RunOptions, ToolFailure, ToolFunction, ToolRun, run_tools};
pub use upload::{Progress, Upload};
