"""Tools of the client: one call, the tool runner, beside code, from within code; turns that pause."""

import asyncio
import json

import anthropic
from anthropic import beta_async_tool, beta_tool
from harness import equal, true
from part_code import request
from part_messages import WEATHER
from sdk import BETAS, CODE, MODEL, THREADS, VERSION, blocks, check, client, refused, text, user

PAUSES = VERSION >= (2,)


@beta_tool
def get_weather(place: str) -> str:
    """The weather of a place.

    Args:
        place: The place.
    """
    return f"17 degrees in {place}"


@beta_tool
def pack(things: str) -> str:
    """Packs the bag.

    Args:
        things: What goes in.
    """
    return f"packed: {things}"


@check("Client tools", "a call of the client's tool is answered by hand")
def by_hand(context):
    messages = user("Plan a trip to Oslo.")
    first = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages, tools=[WEATHER, PACK])
    equal(first.stop_reason, "tool_use", "stop_reason")
    (call,) = blocks(first, "tool_use")
    equal((call.name, call.input), ("get_weather", {"place": "Oslo"}), "call")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "17 degrees in Oslo"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages, tools=[WEATHER, PACK])
    equal(blocks(second, "tool_use")[0].name, "pack", "call")


PACK = {
    "name": "pack",
    "description": "Packs the bag.",
    "input_schema": {"type": "object", "properties": {"things": {"type": "string"}}, "required": ["things"]},
}


@check("Client tools", "a call is streamed")
def streamed(context):
    with context.client.messages.stream(
        model=MODEL, max_tokens=1000, messages=user("Plan a trip to Oslo."), tools=[WEATHER, PACK]
    ) as events:
        message = events.get_final_message()
    equal(blocks(message, "tool_use")[0].input, {"place": "Oslo"}, "input")


def recording(context, bodies):
    """A client that notes what it sends."""

    def note(request):
        request.read()
        bodies.append(json.loads(request.content))

    return client(context, http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [note]}))


def three_turns(context, prompt="Plan a trip to Oslo.", **options):
    bodies = []
    runner = recording(context, bodies).beta.messages.tool_runner(
        model=MODEL, max_tokens=1000, messages=user(prompt), tools=[get_weather, pack], **options
    )
    messages = list(runner)
    equal([it.stop_reason for it in messages], ["tool_use", "tool_use", "end_turn"], "stop reasons")
    equal(text(messages[-1]), "Oslo has 17 degrees, and the bag is packed.", "text")
    return bodies


@check("tool_runner", "three turns, with the whole history each time")
def runner(context):
    options = {"thread": False} if THREADS else {}
    bodies = three_turns(context, **options)
    equal([len(it["messages"]) for it in bodies], [1, 3, 5], "messages sent")


@check("tool_runner", "three turns over a thread that the server holds", when=THREADS)
def threaded(context):
    bodies = three_turns(context)
    equal([len(it["messages"]) for it in bodies], [1, 1, 1], "messages sent")
    equal([it["thread"]["type"] for it in bodies], ["create", "continue", "continue"], "thread")
    true("tools" in bodies[0] and "tools" not in bodies[1], "tools")


@check("tool_runner", "three turns, streamed")
def runner_streamed(context):
    stream = context.client.beta.messages.tool_runner(
        model=MODEL, max_tokens=1000, messages=user("Plan a trip to Oslo."), tools=[get_weather, pack], stream=True
    )
    texts = []
    for events in stream:
        for _event in events:
            pass
        texts.append(text(events.get_final_message()))
    equal(texts[-1], "Oslo has 17 degrees, and the bag is packed.", "text")


@check("tool_runner", "the container stays the same over the turns")
def runner_container(context):
    options = {"betas": BETAS} if BETAS else {}
    bodies = []
    messages = list(
        recording(context, bodies).beta.messages.tool_runner(
            model=MODEL,
            max_tokens=1000,
            messages=user("Note the weather of Oslo in a file."),
            tools=[get_weather, *CODE],
            **options,
        )
    )
    containers = {it.container.id for it in messages if it.container is not None}
    equal(len(containers), 1, "containers")
    equal(text(messages[-1]), "Noted.", "text")
    runs = [it for message in messages for it in blocks(message, "bash_code_execution_tool_result")]
    true("17 degrees in Oslo after the start" in runs[-1].content.stdout, str(runs[-1].content))


@check("tool_runner", "an asynchronous client runs its tools too")
def asynchronous(context):
    @beta_async_tool
    async def get_weather(place: str) -> str:
        """The weather of a place.

        Args:
            place: The place.
        """
        return f"17 degrees in {place}"

    async def run():
        options = {"api_key": context.key, "base_url": context.base_url, "_strict_response_validation": True}
        async with anthropic.AsyncAnthropic(**options) as one:
            runner = one.beta.messages.tool_runner(
                model=MODEL, max_tokens=1000, messages=user("Ask once for the weather."), tools=[get_weather]
            )
            return [message async for message in runner]

    messages = asyncio.run(run())
    equal([it.stop_reason for it in messages], ["tool_use", "end_turn"], "stop reasons")
    equal(text(messages[-1]), "17 degrees.", "text")


@check("Client tools", "a tool that fails is told to the model")
def failing(context):
    messages = user("Call something that fails.")
    first = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages, tools=[WEATHER, PACK])
    calls = blocks(first, "tool_use")
    equal(len(calls), 2, "calls at once")
    reply = [
        {"type": "tool_result", "tool_use_id": calls[0].id, "content": "no such place", "is_error": True},
        {"type": "tool_result", "tool_use_id": calls[1].id, "content": [{"type": "text", "text": "packed"}]},
    ]
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": reply}]
    second = context.client.messages.create(model=MODEL, max_tokens=1000, messages=messages, tools=[WEATHER, PACK])
    equal(text(second), "There is no such place.", "text")


@check("Threads", "a thread is continued once, and only where it is", when=THREADS)
def threads(context):
    beta = {"betas": ["message-threads-2026-08-12"], "model": MODEL, "max_tokens": 1000}
    create = client(context, max_retries=0).beta.messages.create
    first = create(**beta, messages=user("My name is Alice."), thread={"type": "create"})
    go_on = {"type": "continue", "previous_message_id": first.id}
    second = create(**beta, messages=user("What is my name?"), thread=go_on)
    equal(text(second), "Your name is Alice.", "text")
    refused(
        anthropic.BadRequestError,
        lambda: create(**beta, messages=user("What is my name?"), thread=go_on),
        status=400,
        names=("ThreadAlreadyContinuedError",),
        error_code="thread_already_continued",
    )
    lost = {"type": "continue", "previous_message_id": "msg_01AAAAAAAAAAAAAAAAAAAAAA"}
    stranger = client(context, key=context.stranger_key, max_retries=0).beta.messages.create
    for call, thread in ((create, lost), (stranger, {"type": "continue", "previous_message_id": second.id})):
        refused(
            anthropic.NotFoundError,
            lambda call=call, thread=thread: call(**beta, messages=user("What is my name?"), thread=thread),
            status=404,
            names=("ThreadNotFoundError",),
            error_code="thread_not_found",
        )


@check("Threads", "the client's own thread helper works", when=THREADS)
def helper(context):
    thread = context.client.beta.messages.thread(model=MODEL, max_tokens=1000)
    equal(text(thread.send(*user("My name is Alice."))), "Nice to meet you, Alice.", "first")
    equal(text(thread.send(*user("What is my name?"))), "Your name is Alice.", "second")


@check("Client tools", "a call of the client beside code: the code runs when the answer comes")
def beside(context):
    messages = user("Do both kinds of things.")
    options = {**request(""), "tools": [*CODE, WEATHER]}
    first = context.client.beta.messages.create(**{**options, "messages": messages})
    equal(first.stop_reason, "tool_use", "stop_reason")
    (call,) = blocks(first, "tool_use")
    (code,) = blocks(first, "server_tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "17 degrees in Oslo"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    if first.container is not None:
        options["container"] = first.container.id
    second = context.client.beta.messages.create(**{**options, "messages": messages})
    early = blocks(first, "bash_code_execution_tool_result")
    late = blocks(second, "bash_code_execution_tool_result")
    true(not early, "the code ran before the client answered")
    equal([it.tool_use_id for it in late], [code.id], "results")
    equal(second.content[0].type, "bash_code_execution_tool_result", "the first block of the next answer")
    true("code ran" in late[0].content.stdout, str(late[0].content))
    equal(text(second), "Both are done.", "text")


@check("Programmatic tool calling", "code calls the client's tool and goes on with its result")
def programmatic(context):
    tools = [
        {"type": "code_execution_20260120", "name": "code_execution"},
        {**WEATHER, "allowed_callers": ["code_execution_20260120"]},
    ]
    messages = user("Compare the weather programmatically.")
    options = {"model": MODEL, "max_tokens": 4000, "tools": tools}
    first = context.client.beta.messages.create(**options, messages=messages)
    results = 0
    seen = [first]
    while seen[-1].stop_reason == "tool_use":
        answer = seen[-1]
        calls = blocks(answer, "tool_use")
        true(calls, f"no call in {answer.content}")
        for call in calls:
            equal((call.name, call.caller.type), ("get_weather", "code_execution_20260120"), "call")
            true(call.caller.tool_id.startswith("srvtoolu_"), call.caller.tool_id)
        results += len(calls)
        degrees = {"Oslo": "17", "Rome": "25"}
        reply = [{"type": "tool_result", "tool_use_id": it.id, "content": degrees[it.input["place"]]} for it in calls]
        messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": reply}]
        true(answer.container is not None, "no container to go on in")
        seen.append(context.client.beta.messages.create(**options, messages=messages, container=answer.container.id))
        true(len(seen) < 6, "no end")
    equal(results, 2, "calls")
    runs = [it for message in seen for it in blocks(message, "code_execution_tool_result")]
    equal(len(runs), 1, "results of code")
    equal(
        (runs[0].content.return_code, runs[0].content.stdout),
        (0, "Rome is warmer by 8\n"),
        f"result: {runs[0].content}",
    )
    equal(text(seen[-1]), "Rome is warmer.", "text")
    code = [it for message in seen for it in blocks(message, "server_tool_use")]
    equal([it.name for it in code], ["code_execution"], "code")
    equal(runs[0].tool_use_id, code[0].id, "tool_use_id")


@check("pause_turn", "after the limit the turn pauses, and goes on when it is sent back", when=PAUSES)
def pauses(context):
    messages = user("Count to twelve, one command at a time.")
    options = {**request(""), "betas": BETAS}
    first = context.client.beta.messages.create(**{**options, "messages": messages})
    equal(first.stop_reason, "pause_turn", "stop_reason")
    equal(len(blocks(first, "bash_code_execution_tool_result")), 10, "commands before the pause")
    messages.append({"role": "assistant", "content": first.content})
    second = context.client.beta.messages.create(**{**options, "messages": messages, "container": first.container.id})
    equal(second.stop_reason, "end_turn", "stop_reason")
    equal(text(second), "Counted to twelve.", "text")
    said = [
        it.content.stdout for message in (first, second) for it in blocks(message, "bash_code_execution_tool_result")
    ]
    equal(said, [f"{number}\n" for number in range(1, 13)], "output")


@check("pause_turn", "a client of the first version never sees a pause", when=not PAUSES)
def never_pauses(context):
    message = context.client.beta.messages.create(**request("Count to twelve, one command at a time."))
    equal((message.stop_reason, text(message)), ("end_turn", "Counted to twelve."), "end")
    equal(len(blocks(message, "bash_code_execution_tool_result")), 12, "commands")


@check("pause_turn", "the tool runner goes on by itself", when=PAUSES)
def runner_goes_on(context):
    messages = list(
        context.client.beta.messages.tool_runner(
            model=MODEL, max_tokens=1000, messages=user("Count to twelve, one command at a time."), tools=CODE
        )
    )
    equal([it.stop_reason for it in messages], ["pause_turn", "end_turn"], "stop reasons")
    equal(text(messages[-1]), "Counted to twelve.", "text")
