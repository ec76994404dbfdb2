//! The description of the interface, for programs.

use axum::http::header;
use axum::response::IntoResponse;
use skilled_wire::{
    Batch, BatchResultLine, DeletedBatch, DeletedFile, DeletedSkill, DeletedSkillVersion, ErrorBody,
    FileObject, List, ModelObject, Skill, SkillVersion, TokenCount,
};
use utoipa::OpenApi;

/// What an upload of a skill has.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands for a body in parts, which is read as it comes")]
struct SkillUpload {
    /// The files, each with its path below one folder as its file name; or one archive of them.
    #[schema(rename = "files[]", value_type = Vec<String>, format = Binary)]
    files: Vec<Vec<u8>>,
    /// What people call the skill, at most 255 characters [default: its name].
    display_name: Option<String>,
}

/// What an upload of a file has.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands for a body in parts, which is read as it comes")]
struct FileUpload {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// How long its content stays: 3600 to 7776000 [default: for good].
    expires_in_seconds: Option<u64>,
}

/// What a batch is made of; see [`skilled_wire::CreateBatch`].
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands for a body that is read in its own way")]
struct NewBatch {
    /// The requests, 1 to 100,000.
    requests: Vec<NewBatchRequest>,
}

/// A request of a batch.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands for a body that is read in its own way")]
struct NewBatchRequest {
    /// What the client calls it: 1 to 64 letters, digits, `_` and `-`, unique in the batch.
    custom_id: String,
    /// The request, as for `POST /v1/messages`, without `stream`.
    #[schema(value_type = Object)]
    params: serde_json::Value,
}

#[doc = "Make a batch of messages"]
#[utoipa::path(post, path = "/v1/messages/batches", tag = "batches", request_body = NewBatch,
    responses((status = 200, body = Batch), (status = "4XX", body = ErrorBody), (status = "5XX", body = ErrorBody)))]
#[expect(dead_code, reason = "it stands for a handler in the description")]
fn batches_create() {}

#[doc = "Read the results of a batch that has ended, a line of JSON for each request"]
#[utoipa::path(get, path = "/v1/messages/batches/{batch}/results", tag = "batches", params(("batch" = String, Path)),
    responses((status = 200, body = BatchResultLine, content_type = "application/x-jsonl"), (status = "4XX", body = ErrorBody), (status = "5XX", body = ErrorBody)))]
#[expect(dead_code, reason = "it stands for a handler in the description")]
fn batches_results() {}

macro_rules! paths {
    ($($name:ident: $method:ident $path:literal $tag:literal, $about:literal, ($($params:tt)*), $body:ty => $answer:ty;)*) => {
        $(
            #[doc = $about]
            #[utoipa::path($method, path = $path, tag = $tag, params($($params)*), request_body(content = $body, content_type = "multipart/form-data"),
                responses((status = 200, body = $answer), (status = "4XX", body = ErrorBody), (status = "5XX", body = ErrorBody)))]
            #[expect(dead_code, reason = "it stands for a handler in the description")]
            fn $name() {}
        )*
    };
    ($($name:ident: $method:ident $path:literal $tag:literal, $about:literal, ($($params:tt)*) => $answer:ty;)*) => {
        $(
            #[doc = $about]
            #[utoipa::path($method, path = $path, tag = $tag, params($($params)*),
                responses((status = 200, body = $answer), (status = "4XX", body = ErrorBody), (status = "5XX", body = ErrorBody)))]
            #[expect(dead_code, reason = "it stands for a handler in the description")]
            fn $name() {}
        )*
    };
}

paths! {
    skills_create: post "/v1/skills" "skills", "Make a skill with its first version", (), SkillUpload => Skill;
    versions_create: post "/v1/skills/{skill}/versions" "skills", "Add a version", (("skill" = String, Path)), SkillUpload => SkillVersion;
    files_create: post "/v1/files" "files", "Upload a file", (), FileUpload => FileObject;
}

paths! {
    skills_list: get "/v1/skills" "skills", "List skills", (("limit" = Option<u32>, Query), ("page" = Option<String>, Query), ("source" = Option<String>, Query)) => List<Skill>;
    skills_retrieve: get "/v1/skills/{skill}" "skills", "Show a skill", (("skill" = String, Path)) => Skill;
    skills_delete: delete "/v1/skills/{skill}" "skills", "Delete a skill with its versions", (("skill" = String, Path)) => DeletedSkill;
    versions_list: get "/v1/skills/{skill}/versions" "skills", "List the versions of a skill", (("skill" = String, Path), ("limit" = Option<u32>, Query), ("page" = Option<String>, Query)) => List<SkillVersion>;
    versions_retrieve: get "/v1/skills/{skill}/versions/{version}" "skills", "Show a version: by id, by time, or `latest`", (("skill" = String, Path), ("version" = String, Path)) => SkillVersion;
    versions_delete: delete "/v1/skills/{skill}/versions/{version}" "skills", "Delete a version", (("skill" = String, Path), ("version" = String, Path)) => DeletedSkillVersion;
    versions_content: get "/v1/skills/{skill}/versions/{version}/content" "skills", "Download a version as a zip", (("skill" = String, Path), ("version" = String, Path)) => Vec<u8>;
    files_list: get "/v1/files" "files", "List files", (("limit" = Option<u32>, Query), ("page" = Option<String>, Query), ("after_id" = Option<String>, Query), ("before_id" = Option<String>, Query), ("ids[]" = Option<Vec<String>>, Query), ("scope_id" = Option<String>, Query)) => List<FileObject>;
    files_retrieve: get "/v1/files/{file}" "files", "Show a file", (("file" = String, Path)) => FileObject;
    files_delete: delete "/v1/files/{file}" "files", "Delete a file", (("file" = String, Path)) => DeletedFile;
    files_content: get "/v1/files/{file}/content" "files", "Download a file", (("file" = String, Path), ("range" = Option<String>, Header)) => Vec<u8>;
    batches_list: get "/v1/messages/batches" "batches", "List batches", (("limit" = Option<u32>, Query), ("page" = Option<String>, Query), ("after_id" = Option<String>, Query), ("before_id" = Option<String>, Query)) => List<Batch>;
    batches_retrieve: get "/v1/messages/batches/{batch}" "batches", "Show a batch", (("batch" = String, Path)) => Batch;
    batches_cancel: post "/v1/messages/batches/{batch}/cancel" "batches", "Cancel a batch", (("batch" = String, Path)) => Batch;
    batches_delete: delete "/v1/messages/batches/{batch}" "batches", "Delete a batch that has ended", (("batch" = String, Path)) => DeletedBatch;
    models_list: get "/v1/models" "models", "List models", (("limit" = Option<u32>, Query), ("after_id" = Option<String>, Query), ("before_id" = Option<String>, Query), ("lifecycle[]" = Option<Vec<String>>, Query)) => List<ModelObject>;
    models_retrieve: get "/v1/models/{model}" "models", "Show a model", (("model" = String, Path)) => ModelObject;
}

#[derive(OpenApi)]
#[openapi(
    info(title = "skilled", description = "Skills, files and messages, for clients of Claude's hosted API"),
    paths(
        skills_create,
        versions_create,
        files_create,
        skills_list,
        skills_retrieve,
        skills_delete,
        versions_list,
        versions_retrieve,
        versions_delete,
        versions_content,
        files_list,
        files_retrieve,
        files_delete,
        files_content,
        batches_create,
        batches_list,
        batches_retrieve,
        batches_cancel,
        batches_delete,
        batches_results,
        models_list,
        models_retrieve
    ),
    components(schemas(Batch, BatchResultLine, DeletedBatch, TokenCount))
)]
struct Description;

/// The description of the interface (OpenAPI), as JSON.
pub fn openapi() -> String {
    // A description that the code makes can be written.
    let mut text = Description::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /openapi.json`
pub(crate) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi())
}
