"""Code in a container: skills, files in and out, the container's life."""

import datetime
import hashlib
import json

import anthropic
from harness import equal, true
from part_skills import NAME
from sdk import BETAS, CODE, LARGE, LEGACY, MODEL, blocks, check, client, generated, refused, sheet, text, user

BOOK = {"Sales": [["Region", "Sales"], ["North", 1200], ["South", 950], ["East", 1430], ["West", 780], ["Centre", 310]]}


def both(context):
    return [
        {"type": "anthropic", "skill_id": "xlsx", "version": "latest"},
        {"type": "custom", "skill_id": context.skill.id, "version": "latest"},
    ]


def request(prompt, **more):
    options = {"betas": BETAS} if BETAS else {}
    return {"model": MODEL, "max_tokens": 16000, "messages": user(prompt), "tools": CODE, **options, **more}


def looks_right(context, message):
    """The answer of the request with two skills, whichever way it came."""
    kinds = [block.type for block in message.content]
    expected = ["text", "server_tool_use", "server_tool_use"] + ["text_editor_code_execution_tool_result"] * 2
    expected += ["server_tool_use", "bash_code_execution_tool_result", "text"]
    order = [
        "text",
        "server_tool_use",
        "text_editor_code_execution_tool_result",
        "server_tool_use",
        "text_editor_code_execution_tool_result",
        "server_tool_use",
        "bash_code_execution_tool_result",
        "text",
    ]
    true(kinds in (expected, order), f"blocks: {kinds}")
    calls = blocks(message, "server_tool_use")
    equal([it.name for it in calls], ["text_editor_code_execution"] * 2 + ["bash_code_execution"], "tools")
    equal(calls[1].input, {"command": "view", "path": f"/skills/{NAME}/SKILL.md"}, "input")
    true(all(it.id.startswith("srvtoolu_") for it in calls), str([it.id for it in calls]))
    views = blocks(message, "text_editor_code_execution_tool_result")
    equal([it.tool_use_id for it in views], [it.id for it in calls[:2]], "results in the order of their calls")
    view = views[1].content
    equal((view.type, view.file_type), ("text_editor_code_execution_view_result", "text"), "view")
    true("This is the second version" in view.content, f"not the latest version: {view.content}")
    (run,) = blocks(message, "bash_code_execution_tool_result")
    equal((run.content.type, run.content.return_code), ("bash_code_execution_result", 0), f"bash: {run.content}")
    true("made quarter.xlsx" in run.content.stdout, run.content.stdout)
    equal(len(generated(message)), 1, "files")
    equal((message.stop_reason, message.usage.output_tokens), ("end_turn", 60), "the end, and the sum of three answers")
    container = message.container
    true(container is not None and container.id.startswith("container_"), f"container: {container}")
    true(container.expires_at > datetime.datetime.now(datetime.UTC), f"expired: {container.expires_at}")
    skills = {it.skill_id: (it.type, it.version) for it in container.skills or []}
    equal(set(skills), {"xlsx", context.skill.id}, "the container's skills")
    equal(skills[context.skill.id][0], "custom", "type")
    second = context.second.version if LEGACY else context.second.id
    true(skills[context.skill.id][1] in (second, context.second.id), f"{skills} does not name {second}")


@check("Code with skills", "a workbook is made with two skills in one request")
def two_skills(context):
    prompt = request("Make a quarterly workbook of the sales.", container={"skills": both(context)})
    message = context.client.beta.messages.create(**prompt)
    looks_right(context, message)
    context.made = message


@check("Code with skills", "the same by the general endpoint")
def general(context):
    prompt = request("Make a quarterly workbook of the sales.", container={"skills": both(context)})
    prompt.pop("betas", None)
    if LEGACY:
        # What the general endpoint of this generation answers has fewer kinds of blocks and needs no header.
        prompt["extra_headers"] = {"anthropic-beta": ",".join(BETAS)}
    message = context.client.messages.create(**prompt)
    true("made quarter.xlsx" in str(message.content), str(message.content))
    true(message.container is not None, "no container")


@check("Code with skills", "the same is streamed")
def streamed(context):
    prompt = request("Make a quarterly workbook of the sales.", container={"skills": both(context)})
    seen, started = [], []
    with context.client.beta.messages.stream(**prompt) as events:
        for event in events:
            seen.append(event.type)
            if event.type == "content_block_start":
                started.append(event.content_block)
        message = events.get_final_message()
    looks_right(context, message)
    true("input_json" in seen, f"no input came in pieces: {set(seen)}")
    results = [it for it in started if it.type == "bash_code_execution_tool_result"]
    true(results and "made quarter.xlsx" in results[0].content.stdout, "the result does not come whole")
    context.streamed = message


@check("Code with skills", "each block of the stream begins and ends, and its pieces are the whole")
def pieces(context):
    prompt = request("Make a quarterly workbook of the sales.", container={"skills": both(context)}, stream=True)
    open_block, indices, inputs, ends = None, [], {}, []
    for event in context.client.beta.messages.create(**prompt):
        if event.type == "content_block_start":
            equal(open_block, None, "a block inside a block")
            open_block = event.index
            indices.append(event.index)
            if event.content_block.type == "server_tool_use":
                inputs[event.index] = ""
        elif event.type == "content_block_delta":
            equal(event.index, open_block, "index")
            if event.delta.type == "input_json_delta":
                inputs[event.index] += event.delta.partial_json
        elif event.type == "content_block_stop":
            equal(event.index, open_block, "index")
            open_block = None
        elif event.type == "message_delta":
            ends.append(event)
    equal(indices, list(range(len(indices))), "indices")
    found = [json.loads(text)["command"].split(" ")[0] for text in inputs.values()]
    equal(found, ["view", "view", "export"], "inputs")
    equal(ends[-1].delta.container.skills is not None, True, "the container comes at the end")


@check("Generated files", "the workbook is described, downloaded and opened")
def download(context):
    for message in (context.made, context.streamed):
        (file_id,) = generated(message)
        file = context.client.beta.files.retrieve_metadata(file_id)
        equal((file.filename, file.downloadable), ("quarter.xlsx", True), "file")
        data = context.client.beta.files.download(file_id).read()
        equal(len(data), file.size_bytes, "size")
        equal(sheet(data), BOOK, "workbook")
    true(generated(context.made) != generated(context.streamed), "two requests left the same file")


@check("Generated files", "the client's own helper writes it to a file")
def written(context):
    path = context.out / "written.xlsx"
    (file_id,) = generated(context.made)
    context.client.beta.files.download(file_id).write_to_file(path)
    equal(sheet(path.read_bytes()), BOOK, "workbook")


@check("Generated files", "files left by code are listed with the others")
def listed(context):
    found = [it.id for it in context.client.beta.files.list()]
    true(set(generated(context.made)) <= set(found), f"{generated(context.made)} is not in {found}")


@check("Container", "a second request goes on in the same container, by its id")
def same_container(context):
    prompt = request("Add a second sheet to what you made.", container=context.made.container.id)
    message = context.client.beta.messages.create(**prompt)
    equal(message.container.id, context.made.container.id, "container")
    (run,) = blocks(message, "bash_code_execution_tool_result")
    true("the shell remembers Q3" in run.content.stdout, f"the shell's state is gone: {run.content}")
    (file_id,) = generated(message)
    book = sheet(context.client.beta.files.download(file_id).read())
    equal(book, {**BOOK, "Total": [["Total", 4670]]}, "workbook")


@check("Container", "and by an object with its id and the skills")
def same_object(context):
    container = {"id": context.made.container.id, "skills": both(context)}
    message = context.client.beta.messages.create(**request("Look at what is there.", container=container))
    equal(message.container.id, context.made.container.id, "container")
    (run,) = blocks(message, "bash_code_execution_tool_result")
    true("quarter.xlsx" in run.content.stdout, run.content.stdout)


@check("Container", "the history of the first request can come along")
def history(context):
    messages = [
        *user("Make a quarterly workbook of the sales."),
        {"role": "assistant", "content": context.made.content},
        *user("Thank you."),
    ]
    message = context.client.beta.messages.create(
        **{**request(""), "messages": messages, "container": context.made.container.id}
    )
    equal(text(message), "You are welcome.", "text")


@check("Container", "a request without a container gets one of its own")
def fresh(context):
    message = context.client.beta.messages.create(**request("Look at what is there."))
    true(message.container.id != context.made.container.id, "the same container")
    (run,) = blocks(message, "bash_code_execution_tool_result")
    true("quarter.xlsx" not in run.content.stdout, run.content.stdout)


@check("Code", "a failed command is a result, not an error")
def failing(context):
    message = context.client.beta.messages.create(**request("Run something that fails."))
    (run,) = blocks(message, "bash_code_execution_tool_result")
    equal((run.content.return_code, run.content.stdout), (3, "before\n"), "result")
    true("no such luck" in run.content.stderr, f"stderr: {run.content.stderr!r}")
    equal(run.content.content, [], "files")


@check("Code", "files are written, viewed and changed by the editor")
def editor(context):
    message = context.client.beta.messages.create(**request("Edit a file."))
    results = [it.content for it in blocks(message, "text_editor_code_execution_tool_result")]
    kinds = [it.type.removeprefix("text_editor_code_execution_") for it in results]
    equal(
        kinds, ["create_result", "view_result", "str_replace_result", "create_result", "tool_result_error"], "results"
    )
    equal([results[0].is_file_update, results[3].is_file_update], [False, True], "is_file_update")
    equal((results[1].num_lines, results[1].start_line, results[1].total_lines), (3, 1, 3), "lines")
    equal(results[2].lines, ["-two", "+2"], "lines")
    equal(results[4].error_code, "file_not_found", "error_code")


@check("Code", "a file goes into the container and is there whole")
def upload(context):
    content = [
        {"type": "text", "text": "Tell me the digest of the large file."},
        {"type": "container_upload", "file_id": context.large.id},
        {"type": "container_upload", "file_id": context.file.id},
    ]
    message = context.client.beta.messages.create(**{**request(""), "messages": [{"role": "user", "content": content}]})
    (run,) = blocks(message, "bash_code_execution_tool_result")
    true(context.large_digest in run.content.stdout, f"{run.content} does not contain {context.large_digest}")
    true("North,1200" in run.content.stdout, f"the second file is not there: {run.content}")
    equal(LARGE, context.large.size_bytes, "size")


@check("Code", "the oldest tool runs Python")
def python(context):
    tools = [{"type": "code_execution_20250522", "name": "code_execution"}]
    betas = ["code-execution-2025-05-22"] if LEGACY else []
    prompt = {**request("The mean of one to ten, please."), "tools": tools, "betas": betas}
    message = context.client.beta.messages.create(**prompt)
    (call,) = blocks(message, "server_tool_use")
    equal(call.name, "code_execution", "tool")
    (run,) = blocks(message, "code_execution_tool_result")
    equal(
        (run.content.type, run.content.stdout, run.content.return_code), ("code_execution_result", "5.5\n", 0), "result"
    )


@check("Code", "every newer version of the tool is accepted")
def tool_versions(context):
    for version in ("code_execution_20250825", "code_execution_20260120", "code_execution_20260521"):
        tools = [{"type": version, "name": "code_execution"}]
        message = context.client.beta.messages.create(**{**request("Look at what is there."), "tools": tools})
        true(blocks(message, "bash_code_execution_tool_result"), f"{version}: {message.content}")


@check("Code", "the hash of what is downloaded is that of what was written")
def binary(context):
    message = context.client.beta.messages.create(**request("Write bytes."))
    (file_id,) = generated(message)
    data = context.client.beta.files.download(file_id).read()
    equal(hashlib.sha256(data).hexdigest(), hashlib.sha256(bytes(range(256)) * 4096).hexdigest(), "digest")


@check("Errors", "404: a container that is not there, or not in this workspace")
def foreign(context):
    one = context.client.beta.messages
    for create, container in (
        (one.create, "container_01AAAAAAAAAAAAAAAAAAAAAA"),
        (client(context, key=context.stranger_key).beta.messages.create, context.made.container.id),
    ):
        prompt = request("Look at what is there.", container=container)
        refused(anthropic.NotFoundError, lambda c=create, p=prompt: c(**p), status=404, error_type="not_found_error")


@check("Errors", "400 or 404: skills that are not there, twice the same, or without the tool")
def bad_skills(context):
    create = context.client.beta.messages.create
    unknown = [{"type": "custom", "skill_id": "skill_01AAAAAAAAAAAAAAAAAAAAAA", "version": "latest"}]
    stranger = client(context, key=context.stranger_key).beta.messages.create
    for call, skills in ((create, unknown), (stranger, both(context)[1:])):
        prompt = request("Look at what is there.", container={"skills": skills})
        error = None
        try:
            call(**prompt)
        except anthropic.APIStatusError as caught:
            error = caught
        true(error is not None and error.status_code in (400, 404), f"not refused: {error}")
    twice = request("Look at what is there.", container={"skills": both(context)[:1] * 2})
    refused(anthropic.BadRequestError, lambda: create(**twice), status=400)
    without = request("Look at what is there.", container={"skills": both(context)})
    del without["tools"]
    refused(anthropic.BadRequestError, lambda: create(**without), status=400)
