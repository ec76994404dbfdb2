"""What differs between the generations of the official client."""

import zipfile
from io import BytesIO

import anthropic
from harness import Harness, true

VERSION = tuple(int(part) for part in anthropic.__version__.split("."))
# Skills and files come in their older form, chosen by a header that this client always sends.
LEGACY = VERSION < (1,)
# Conversations that the server holds between turns.
THREADS = VERSION >= (2, 11)
MODEL = "claude-opus-4-8"
CODE = [{"type": "code_execution_20250825", "name": "code_execution"}]
# What code written for the older client sends by itself.
BETAS = ["code-execution-2025-08-25", "skills-2025-10-02", "files-api-2025-04-14"] if LEGACY else []
LARGE = 50 * 1024 * 1024

harness = Harness()
check = harness.check


def client(context, key=None, url=None, **options):
    """A client that raises wherever an answer does not have the documented types."""
    return anthropic.Anthropic(
        api_key=key or context.key,
        base_url=url or context.base_url,
        _strict_response_validation=True,
        timeout=60,
        **options,
    )


def user(text):
    return [{"role": "user", "content": text}]


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def blocks(message, kind):
    return [block for block in message.content if block.type == kind]


def refused(kind, call, *, status, names=(), error_type=None, error_code=None, says=""):
    """Calls what must be refused, and looks at how. `names`: the class it is in the newest clients."""
    try:
        answer = call()
    except anthropic.APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error") or {}
        found = f"{type(error).__name__} {error.status_code} {body}"
        true(
            error.status_code == status and isinstance(error, kind), f"expected {status} {kind.__name__}, found {found}"
        )
        if names and VERSION >= (2,):
            true(type(error).__name__ in names, f"expected {names}, found {found}")
        true(body.get("type") == "error" and inner.get("message"), f"not an error's shape: {found}")
        true(error_type is None or inner.get("type") == error_type, f"expected {error_type}, found {found}")
        code = (inner.get("details") or {}).get("error_code")
        true(error_code is None or code == error_code, f"expected code {error_code}, found {found}")
        true(says in inner["message"], f"expected {says!r} in {found}")
        header = error.response.headers.get("request-id")
        true(header and header.startswith("req_"), f"no request-id: {dict(error.response.headers)}")
        true(body.get("request_id") == header, f"the body's request_id is not the header's {header}: {body}")
        return error
    raise AssertionError(f"nothing was refused: {str(answer)[:500]}")


def members(archive):
    """The files of a zip by their names."""
    with zipfile.ZipFile(BytesIO(archive)) as package:
        true(package.testzip() is None, "the zip is damaged")
        return {name: package.read(name) for name in package.namelist() if not name.endswith("/")}


def sheet(data):
    """The rows of each sheet of a workbook."""
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(data))
    return {name: [[cell.value for cell in row] for row in book[name].iter_rows()] for name in book.sheetnames}


def generated(message):
    """The ids of the files that a message's code left for the client."""
    found = []
    for block in message.content:
        if block.type in ("bash_code_execution_tool_result", "code_execution_tool_result"):
            found += [item.file_id for item in getattr(block.content, "content", None) or []]
    return found
