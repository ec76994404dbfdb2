"""Files: upload, lists, removal, and what may not be downloaded."""

import hashlib
import random

import anthropic
from harness import equal, true
from sdk import LARGE, LEGACY, check, client, refused


@check("Files", "a small file is uploaded")
def small(context):
    file = context.client.beta.files.upload(file=("figures.csv", b"region,sales\nNorth,1200\nSouth,950\n", "text/csv"))
    true(file.id.startswith("file_"), file.id)
    equal(
        (file.filename, file.mime_type, file.size_bytes, file.downloadable),
        ("figures.csv", "text/csv", 34, False),
        "file",
    )
    equal(context.client.beta.files.retrieve_metadata(file.id).to_dict(), file.to_dict(), "metadata")
    context.file = file


@check("Files", "a file of 50 MB is uploaded")
def large(context):
    path = context.out / "large.bin"
    path.write_bytes(random.Random(7).randbytes(LARGE))
    with path.open("rb") as data:
        context.large_digest = hashlib.file_digest(data, "sha256").hexdigest()
    with path.open("rb") as data:
        file = context.client.beta.files.upload(file=("large.bin", data, "application/octet-stream"))
    path.unlink()
    equal((file.filename, file.size_bytes), ("large.bin", LARGE), "file")
    context.large = file


@check("Files", "only the last part of a name is kept, and a file without a name gets one")
def names(context):
    files = context.client.beta.files
    first = files.upload(file=("some/folder/notes.txt", b"notes", "text/plain"))
    equal(first.filename, "notes.txt", "filename")
    second = files.upload(file=b"nameless")
    context.more = [first, second]
    # The oldest client sends a name of its own.
    true(second.filename.startswith("upload" if LEGACY else "unnamed"), second.filename)


@check("Files", "a file can be given an end", when=True)
def expiring(context):
    file = context.client.files.upload(file=("short.txt", b"short", "text/plain"), expires_in_seconds=3600)
    true(file.expires_at is not None, "expires_at is missing")
    seconds = (file.expires_at - file.created_at).total_seconds()
    true(3590 <= seconds <= 3610, f"expires after {seconds} s")
    context.more.append(file)


@check("Files", "files are listed newest first, page by page")
def listed(context):
    expected = [it.id for it in [context.file, context.large, *context.more]][::-1]
    equal([it.id for it in context.client.beta.files.list(limit=2)], expected, "files")
    page = context.client.beta.files.list(limit=2)
    equal([it.id for it in page.data], expected[:2], "first page")
    true(page.has_next_page(), "no next page")


@check("Files", "files are listed by their ids", when=not LEGACY)
def by_id(context):
    found = context.client.beta.files.list(ids=[context.file.id, "file_01AAAAAAAAAAAAAAAAAAAAAA", context.large.id])
    equal({it.id for it in found}, {context.file.id, context.large.id}, "files")


@check("Files", "files of both generations have the form of their generation", when=LEGACY)
def general(context):
    found = [it.id for it in context.client.files.list(limit=3)]
    true(context.file.id in found, f"{context.file.id} is not in {found}")


@check("Errors", "400 file_not_downloadable: what was uploaded is not downloaded")
def not_downloadable(context):
    refused(
        anthropic.BadRequestError,
        lambda: context.client.beta.files.download(context.file.id),
        status=400,
        names=("FileNotDownloadableError",),
        error_code="file_not_downloadable",
    )


@check("Errors", "404: files that are not there, or not in this workspace")
def foreign(context):
    files = context.client.beta.files
    refused(anthropic.NotFoundError, lambda: files.retrieve_metadata("file_01AAAAAAAAAAAAAAAAAAAAAA"), status=404)
    stranger = client(context, key=context.stranger_key).beta.files
    for call in (stranger.retrieve_metadata, stranger.download, stranger.delete):
        refused(
            anthropic.NotFoundError, lambda call=call: call(context.file.id), status=404, error_type="not_found_error"
        )
    equal([it.id for it in stranger.list()], [], "a stranger's files")


@check("Errors", "400: names, ends and limits that are not allowed")
def bad_files(context):
    files = context.client.beta.files
    refused(anthropic.BadRequestError, lambda: files.upload(file=("a<b>.txt", b"x", "text/plain")), status=400)
    refused(
        anthropic.BadRequestError,
        lambda: context.client.files.upload(file=("a.txt", b"x"), expires_in_seconds=5),
        status=400,
    )
    refused(anthropic.BadRequestError, lambda: files.list(limit=5000), status=400)
    if LEGACY:
        # Here a place in the list is a file.
        refused(anthropic.NotFoundError, lambda: files.list(after_id="nonsense"), status=404)
    else:
        refused(anthropic.BadRequestError, lambda: files.list(page="nonsense"), status=400)


def remove(context):
    """Registered at the end of the suite."""
    files = context.client.beta.files
    for file in [context.file, context.large, *context.more]:
        done = files.delete(file.id)
        equal((done.id, done.type), (file.id, "file_deleted"), "answer")
    refused(anthropic.NotFoundError, lambda: files.retrieve_metadata(context.file.id), status=404)
