"""All checks of lm-deluge, unmodified, under the hosted service's own name: see driver/namespace.py."""

import asyncio
import json
import os
import pathlib
import re
import sys
import urllib.request
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))

from harness import Harness, equal, main, true  # noqa: E402
from lm_deluge import Conversation, LLMClient, Skill, Tool  # noqa: E402
from lm_deluge.batches import wait_for_batch_completion_async  # noqa: E402
from lm_deluge.prompt import File, ToolResult  # noqa: E402
from lm_deluge.util.anthropic_files import get_response_files  # noqa: E402

import examples  # noqa: E402

harness = Harness()
check = harness.check
HOST = "https://api.anthropic.com"
XLSX = Skill(type="anthropic", skill_id="xlsx", version="latest")
LARGE = 50 * 1024 * 1024
KIND = "Documents' examples"


def client(**options):
    return LLMClient("claude-4-sonnet", max_new_tokens=20_000, request_timeout=60, max_attempts=1, **options)


def start(prompt, **options):
    """One request with the library."""
    return asyncio.run(client().start(Conversation().user(prompt), **options))


def good(response):
    true(not response.is_error, f"{response.status_code}: {response.error_message}")
    return response


def results(response):
    return [part for part in response.content.parts if isinstance(part, ToolResult)]


def rows(path):
    import openpyxl

    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]


def container_id(text):
    found = re.search(r"ontainer ID: (container_\w+)", text)
    true(found, f"no container in {text!r}")
    return found[1]


@check("Skills", "a custom skill is uploaded with the headers of this generation")
def upload(context):
    """The library has no call for it; its users do it as here."""
    folder = context.skills / "sales-figures"
    boundary = "x" * 24
    body = b""
    for path in sorted(it for it in folder.rglob("*") if it.is_file()):
        name = f"sales-figures/{path.relative_to(folder)}"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files[]"; filename="{name}"\r\n\r\n'
        body += head.encode() + path.read_bytes() + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    headers = {
        "x-api-key": os.environ["ANTHROPIC_API_KEY"],
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "skills-2025-10-02",
        "content-type": f"multipart/form-data; boundary={boundary}",
    }
    with urllib.request.urlopen(urllib.request.Request(f"{HOST}/v1/skills", body, headers)) as answer:  # noqa: S310
        skill = json.load(answer)
    equal((skill["source"], skill["display_title"]), ("custom", "sales-figures"), "skill")
    context.skill = skill["id"]


@check(KIND, "quick start")
def quick_start(context):
    said, _names = examples.run("01_quick_start", context.out / "1")
    true("The sales report is sales-report.xlsx." in said, said)
    container_id(said)


@check(KIND, "several built-in skills")
def several(context):
    names = {"Skill": Skill, "Conversation": Conversation}
    _said, settings = examples.run("09_settings", context.out / "3", {"LLMClient": LLMClient})
    _said, one = examples.run("02_built_in_skills", context.out / "3")
    equal([one["xlsx_skill"].skill_id, one["pptx_skill"].skill_id], ["xlsx", "pptx"], "skills")
    _said, scope = examples.run("03_multiple_skills", context.out / "3", {**names, "client": settings["client"]})
    response = good(scope["response"])
    files = asyncio.run(get_response_files(response))
    equal(sorted(files), ["q1.pptx", "q1.xlsx"], "files")


@check(KIND, "a custom skill")
def custom(context):
    names = {"Conversation": Conversation, "client": client()}
    change = lambda text: text.replace("skill_01ABC123...", context.skill)  # noqa: E731
    _said, scope = examples.run("04_custom_skill", context.out / "4", names, change)
    files = asyncio.run(get_response_files(good(scope["response"])))
    equal(list(files), ["document.csv"], "files")
    equal(files["document.csv"].decode().splitlines()[0], "North,1200", "document")


@check(KIND, "files are saved")
def saved(context):
    said, _names = examples.run("05_save_files", context.out / "5")
    path = context.out / "5" / "output" / "budget.xlsx"
    # The library may draw its progress between the lines.
    true(f"Saved: output/budget.xlsx ({path.stat().st_size} bytes)" in said, said)
    equal(rows(path), [["Item", "Amount"], ["Rent", 900], ["Food", 400]], "workbook")


@check(KIND, "files are inspected by hand")
def inspected(context):
    response = good(start("Create a budget spreadsheet with sample data", skills=[XLSX]))
    said, _names = examples.run("06_inspect_files", context.out / "6", {"response": response})
    path = context.out / "6" / "budget.xlsx"
    true(f"File: budget.xlsx, Size: {path.stat().st_size}" in said, said)
    true(zipfile.is_zipfile(path), "not a workbook")


@check(KIND, "the agent loop")
def agent_loop(context):
    said, _names = examples.run("07_agent_loop", context.out / "7")
    container_id(said)


@check(KIND, "the container is used again by hand")
def container_reuse(context):
    said, _names = examples.run("08_container_reuse", context.out / "8")
    container_id(said)
    true("Column D adds the others." in said, said)


@check(KIND, "errors are handled")
def errors(context):
    conv = Conversation().user("Create a budget spreadsheet with sample data")
    names = {"client": client(), "conv": conv, "skill": XLSX, "ToolResult": ToolResult}
    said, _scope = examples.run("10_errors", context.out / "10", names)
    true("Generated 1 file(s)" in said and "Output: budget saved" in said, said)
    unknown = Skill(type="custom", skill_id="skill_01AAAAAAAAAAAAAAAAAAAAAA", version="latest")
    said, _scope = examples.run("10_errors", context.out / "10", {**names, "skill": unknown})
    true("Error: " in said and "Generated" not in said, said)


@check(KIND, "other providers have no skills")
def providers(context):
    conv = Conversation().user("Create a budget spreadsheet with sample data")
    os.environ.setdefault("OPENAI_API_KEY", "none")
    try:
        _said, scope = examples.run(
            "11_providers", context.out / "11", {"LLMClient": LLMClient, "conv": conv, "skill": XLSX}
        )
    except NotImplementedError:
        return
    raise AssertionError(f"no NotImplementedError: {sorted(scope)}")


@check("Messages", "a plain request is answered")
def plain(_context):
    response = good(start("Say hello."))
    equal(response.completion, "Hello from the script.", "text")
    equal((response.usage.input_tokens, response.usage.output_tokens), (12, 5), "usage")


@check("Streams", "the agent loop streams")
def streams(_context):
    pieces = []

    async def note(event):
        pieces.append(getattr(event, "delta", None) or getattr(event, "text", "") or "")

    conv = Conversation().user("Say hello.")
    _conv, response = asyncio.run(client().run_agent_loop(conv, on_text_delta=note))
    equal(good(response).completion, "Hello from the script.", "text")
    equal("".join(pieces), "Hello from the script.", "pieces")


@check("Streams", "code is streamed, and the container comes with it")
def streamed_code(_context):
    async def note(_event):
        pass

    conv = Conversation().user("Create a budget spreadsheet with sample data")
    _conv, response = asyncio.run(client().run_agent_loop(conv, skills=[XLSX], on_text_delta=note))
    true(good(response).container_id, "no container")
    equal(list(asyncio.run(get_response_files(response))), ["budget.xlsx"], "files")


@check("Code with skills", "a workbook is made with two skills in one request")
def two_skills(context):
    skills = [XLSX, Skill(type="custom", skill_id=context.skill, version="latest")]
    response = good(start("Make a quarterly workbook of the sales.", skills=skills))
    (path,) = asyncio.run(_save(response, context.out / "two"))
    equal(rows(path)[:2], [["Region", "Sales"], ["North", 1200]], "workbook")
    context.container = response.container_id


async def _save(response, folder):
    from lm_deluge.util.anthropic_files import save_response_files

    return await save_response_files(response, folder)


@check("Container", "a second request goes on in the same container")
def same_container(context):
    response = good(start("Add a second sheet to what you made.", skills=[XLSX], container_id=context.container))
    equal(response.container_id, context.container, "container")
    true("the shell remembers Q3" in str(results(response)[-1].result), str(results(response)))


@check("tool_runner", "three turns of the client's tools")
def tools(_context):
    def get_weather(place: str) -> str:
        """The weather of a place."""
        return f"17 degrees in {place}"

    def pack(things: str) -> str:
        """Packs the bag."""
        return f"packed: {things}"

    own = [Tool.from_function(get_weather), Tool.from_function(pack)]
    conv = Conversation().user("Plan a trip to Oslo.")
    _conv, response = asyncio.run(client().run_agent_loop(conv, tools=own))
    equal(good(response).completion, "Oslo has 17 degrees, and the bag is packed.", "text")


@check("tool_runner", "the client's tools and code, over several rounds")
def mixed(_context):
    def get_weather(place: str) -> str:
        """The weather of a place."""
        return f"17 degrees in {place}"

    conv = Conversation().user("Note the weather of Oslo in a file.")
    _conv, response = asyncio.run(client().run_agent_loop(conv, tools=[Tool.from_function(get_weather)], skills=[XLSX]))
    equal(good(response).completion, "Noted.", "text")


@check("pause_turn", "a client of the first version never sees a pause")
def never_pauses(_context):
    response = good(start("Count to twelve, one command at a time.", skills=[XLSX]))
    equal((response.finish_reason, response.completion), ("end_turn", "Counted to twelve."), "end")
    equal(len(results(response)), 12, "commands")


@check("Files", "a file of 50 MB is uploaded and removed")
def large(_context):
    async def run():
        file = await File(bytes(LARGE), filename="large.bin", media_type="application/octet-stream").as_remote(
            "anthropic"
        )
        await file.delete()
        return file.file_id

    true(asyncio.run(run()).startswith("file_"), "no file")


@check("Batches", "a batch is made, ends, and has its results")
def batches(_context):
    async def run():
        prompts = [Conversation().user(f"Classify as positive/negative/neutral: {it}") for it in ("good", "bad")]
        ids = await client().submit_batch_job(prompts)
        return await wait_for_batch_completion_async(ids, "anthropic", poll_interval=1)

    found = asyncio.run(run())
    texts = [it["result"]["message"]["content"][0]["text"] for it in found]
    equal(texts, ["positive", "negative"], "results")


@check("Errors", "400, 401, 404: the library sees them as errors")
def refused(context):
    response = start("Look at what is there.", skills=[XLSX], container_id="container_01AAAAAAAAAAAAAAAAAAAAAA")
    equal((response.is_error, response.status_code), (True, 404), "container")
    key = os.environ["ANTHROPIC_API_KEY"]
    os.environ["ANTHROPIC_API_KEY"] = "sk-wrong"
    try:
        response = start("Say hello.")
    finally:
        os.environ["ANTHROPIC_API_KEY"] = key
    equal((response.is_error, response.status_code), (True, 401), "key")
    true("authentication_error" in response.error_message, response.error_message)
    true(context.skill, "no skill")


if __name__ == "__main__":
    main(harness)
