-- Times are milliseconds since the Unix epoch. Lists are ordered by (created_at, id).

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE TABLE usage (
    workspace TEXT NOT NULL,
    day INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    model TEXT NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    container_millis INTEGER NOT NULL,
    PRIMARY KEY (workspace, day, key_id, model)
) STRICT, WITHOUT ROWID;

-- Content that records refer to. Without a reference it stays until it is collected.
CREATE TABLE objects (
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    refs INTEGER NOT NULL CHECK (refs >= 0),
    unreferenced_since INTEGER,
    PRIMARY KEY (kind, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_unreferenced ON objects (kind, digest) WHERE refs = 0;

-- latest_epoch_us names the newest version that is left, last_epoch_us the greatest number ever given to one.
CREATE TABLE skills (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    source TEXT NOT NULL,
    display_name TEXT NOT NULL,
    slug TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    latest_epoch_us INTEGER,
    last_epoch_us INTEGER NOT NULL
) STRICT;
CREATE INDEX skills_in_order ON skills (workspace, created_at, id);
CREATE INDEX skills_by_display_name ON skills (workspace, display_name);

CREATE TABLE skill_versions (
    id TEXT PRIMARY KEY,
    skill_id TEXT NOT NULL REFERENCES skills (id),
    epoch_us INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    directory TEXT NOT NULL,
    tree_digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (skill_id, epoch_us)
) STRICT;

CREATE TABLE files (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    filename TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    downloadable INTEGER NOT NULL,
    scope_id TEXT,
    scope_kind TEXT,
    content TEXT NOT NULL,
    origin TEXT NOT NULL,
    released_at INTEGER
) STRICT;
CREATE INDEX files_in_order ON files (workspace, created_at, id);
CREATE INDEX files_of_scope ON files (workspace, scope_id, created_at, id) WHERE scope_id IS NOT NULL;
CREATE INDEX files_to_release ON files (expires_at) WHERE expires_at IS NOT NULL AND released_at IS NULL;
CREATE INDEX files_to_delete ON files (expires_at) WHERE expires_at IS NOT NULL;

-- The sum of the sizes of the files that were not released.
CREATE TABLE file_totals (
    workspace TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    skills TEXT NOT NULL,
    control TEXT NOT NULL,
    session_dir TEXT NOT NULL
) STRICT;
CREATE INDEX containers_in_order ON containers (workspace, created_at, id);
CREATE INDEX containers_of_all ON containers (created_at, id);
CREATE INDEX containers_due ON containers (expires_at) WHERE state = 'active';

-- Once continued, a conversation is referred to no more.
CREATE TABLE threads (
    message_id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    conversation TEXT NOT NULL,
    container_id TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    continued_by TEXT,
    holder TEXT,
    lease_until INTEGER
) STRICT;
CREATE INDEX threads_due ON threads (expires_at);

-- staged: its requests are not complete yet, so that nobody may see it.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    cancel_initiated_at INTEGER,
    ended_at INTEGER,
    archived_at INTEGER,
    processing INTEGER NOT NULL CHECK (processing >= 0),
    succeeded INTEGER NOT NULL,
    errored INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    staged INTEGER NOT NULL
) STRICT;
CREATE INDEX batches_in_order ON batches (workspace, created_at, id) WHERE staged = 0;
CREATE INDEX batches_open ON batches (created_at, id) WHERE status <> 'ended';
CREATE INDEX batches_to_archive ON batches (ended_at) WHERE archived_at IS NULL;

-- state: 0 waits, 1 is being run, 2 succeeded, 3 errored, 4 canceled, 5 expired.
CREATE TABLE batch_requests (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    position INTEGER NOT NULL,
    custom_id TEXT NOT NULL,
    params TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER,
    result TEXT,
    PRIMARY KEY (batch_id, position)
) STRICT;
CREATE INDEX batch_requests_open ON batch_requests (batch_id, position) WHERE state < 2;
