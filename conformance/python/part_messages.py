"""Messages without tools: JSON and streams, thinking, counts, models."""

import base64

import anthropic
from harness import equal, true
from pydantic import BaseModel
from sdk import LEGACY, MODEL, check, text, user


@check("Messages", "a plain request is answered")
def plain(context):
    message = context.client.messages.create(model=MODEL, max_tokens=1000, messages=user("Say hello."))
    equal(text(message), "Hello from the script.", "text")
    equal(
        (message.role, message.type, message.stop_reason, message.stop_sequence),
        ("assistant", "message", "end_turn", None),
        "message",
    )
    true(message.id.startswith("msg_"), message.id)
    equal((message.usage.input_tokens, message.usage.output_tokens), (12, 5), "usage")
    equal(message.model, MODEL, "model")
    true(message._request_id.startswith("req_"), "no request-id")
    true(message.container is None, f"a container without code: {message.container}")


@check("Messages", "older clients may still set the temperature", when=LEGACY)
def temperature(context):
    message = context.client.messages.create(
        model=MODEL, max_tokens=1000, temperature=0.2, top_p=0.9, system="Be brief.", messages=user("Say hello.")
    )
    equal(text(message), "Hello from the script.", "text")


@check("Messages", "system texts, metadata and cache marks are understood")
def fields(context):
    message = context.client.messages.create(
        model=MODEL,
        max_tokens=1000,
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        metadata={"user_id": "ada"},
        stop_sequences=["STOP"],
        messages=[
            {
                "role": "user",
                "content": [{"type": "text", "text": "Say hello.", "cache_control": {"type": "ephemeral"}}],
            }
        ],
    )
    equal(text(message), "Hello from the script.", "text")


@check("Messages", "a conversation of several turns goes on")
def turns(context):
    messages = user("My name is Alice.")
    first = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages)
    messages += [{"role": "assistant", "content": first.content}, *user("What is my name?")]
    second = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages)
    equal((text(first), text(second)), ("Nice to meet you, Alice.", "Your name is Alice."), "texts")


@check("Messages", "thinking comes before the text")
def thinking(context):
    options = {"thinking": {"type": "enabled", "budget_tokens": 1024}} if LEGACY else {"thinking": {"type": "adaptive"}}
    message = context.client.messages.create(model=MODEL, max_tokens=4000, messages=user("Think first."), **options)
    equal([block.type for block in message.content], ["thinking", "text"], "blocks")
    equal(message.content[0].thinking, "A thought.", "thinking")


@check("Messages", "the answer's end has its reason")
def ends(context):
    message = context.client.messages.create(model=MODEL, max_tokens=1000, messages=user("Talk until the limit."))
    equal(message.stop_reason, "max_tokens", "stop_reason")


@check("Files", "a document and an image are read from files and from the request")
def documents(context):
    picture = base64.b64decode(PIXEL)
    text_file = context.client.beta.files.upload(file=("note.txt", b"A note.", "text/plain"))
    image_file = context.client.beta.files.upload(file=("pixel.png", picture, "image/png"))
    content = [
        {"type": "text", "text": "Say hello."},
        {"type": "document", "source": {"type": "file", "file_id": text_file.id}, "title": "Note"},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Another."}},
        {"type": "image", "source": {"type": "file", "file_id": image_file.id}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    ]
    betas = {"betas": ["files-api-2025-04-14"]} if LEGACY else {}
    message = context.client.beta.messages.create(model=MODEL, max_tokens=1000, messages=user(content), **betas)
    equal(text(message), "Hello from the script.", "text")
    for file in (text_file, image_file):
        context.client.beta.files.delete(file.id)


# A picture of one black point.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


@check("Messages", "an answer is parsed by a schema")
def parsed(context):
    class Contact(BaseModel):
        name: str
        age: int

    message = context.client.messages.parse(
        model=MODEL, max_tokens=1000, messages=user("Extract the contact."), output_format=Contact
    )
    equal(message.parsed_output, Contact(name="Ada", age=36), "contact")


@check("Messages", "headers come with the answer")
def raw(context):
    answer = context.client.messages.with_raw_response.create(model=MODEL, max_tokens=1000, messages=user("Say hello."))
    true(answer.headers["request-id"].startswith("req_"), str(answer.headers))
    equal(answer.parse().stop_reason, "end_turn", "stop_reason")


@check("Streams", "a plain answer is streamed")
def stream(context):
    with context.client.messages.stream(model=MODEL, max_tokens=1000, messages=user("Say hello.")) as events:
        pieces = list(events.text_stream)
        message = events.get_final_message()
    equal("".join(pieces), "Hello from the script.", "text")
    true(len(pieces) > 1, "the text came in one piece")
    equal((message.stop_reason, message.usage.input_tokens, message.usage.output_tokens), ("end_turn", 12, 5), "end")
    true(message.id.startswith("msg_"), message.id)


@check("Streams", "the raw events come in their order")
def events(context):
    found = list(
        context.client.messages.create(model=MODEL, max_tokens=1000, messages=user("Think first."), stream=True)
    )
    kinds = [it.type for it in found]
    equal((kinds[0], kinds[-2], kinds[-1]), ("message_start", "message_delta", "message_stop"), "first and last")
    starts = [it.content_block.type for it in found if it.type == "content_block_start"]
    equal(starts, ["thinking", "text"], "blocks")
    deltas = {it.delta.type for it in found if it.type == "content_block_delta"}
    true({"thinking_delta", "text_delta"} <= deltas, f"{deltas}")
    indices = [it.index for it in found if it.type == "content_block_start"]
    equal(indices, [0, 1], "indices")


@check("Streams", "an asynchronous client streams too")
def asynchronous(context):
    import asyncio

    async def run():
        options = {"api_key": context.key, "base_url": context.base_url, "_strict_response_validation": True}
        async with anthropic.AsyncAnthropic(**options) as one:
            async with one.messages.stream(model=MODEL, max_tokens=1000, messages=user("Say hello.")) as events:
                return await events.get_final_text()

    equal(asyncio.run(run()), "Hello from the script.", "text")


@check("Count", "tokens are counted")
def count(context):
    short = context.client.messages.count_tokens(model=MODEL, messages=user("Say hello.")).input_tokens
    long = context.client.messages.count_tokens(
        model=MODEL, messages=user("Say hello. " * 200), system="Be brief.", tools=[WEATHER]
    ).input_tokens
    true(0 < short < long, f"{short} and {long}")
    beta = context.client.beta.messages.count_tokens(model=MODEL, messages=user("Say hello."))
    equal(beta.input_tokens, short, "the same by the other path")


WEATHER = {
    "name": "get_weather",
    "description": "The weather of a place.",
    "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}


@check("Models", "models are listed and found")
def models(context):
    found = list(context.client.models.list())
    true(found, "no models")
    one = context.client.models.retrieve(found[0].id)
    equal(one.id, found[0].id, "id")
    equal(one.type, "model", "type")
    beta = [it.id for it in context.client.beta.models.list(limit=1)]
    equal(beta, [it.id for it in found], "the same, page by page")
    true(MODEL in beta, f"{MODEL} is not in {beta}")


@check("Messages", "a key is understood as a bearer token and as x-api-key")
def keys(context):
    as_bearer = {"Authorization": f"Bearer {context.key}", "X-Api-Key": anthropic.omit}
    as_header = {"Authorization": anthropic.omit, "X-Api-Key": context.key}
    for headers in (as_bearer, as_header):
        message = context.client.messages.create(
            model=MODEL, max_tokens=1000, messages=user("Say hello."), extra_headers=headers
        )
        equal(text(message), "Hello from the script.", "text")
