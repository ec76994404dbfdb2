"""What is refused, and how: the class that the client raises, the type in the body, whether it is tried again."""

import threading

import anthropic
from harness import equal, true
from sdk import CODE, MODEL, check, client, refused, user


def hello(**more):
    return {"model": MODEL, "max_tokens": 100, "messages": user("Say hello."), **more}


@check("Errors", "401: a key that is wrong, and none")
def unauthenticated(context):
    wrong = client(context, key="sk-wrong", max_retries=0).messages.create
    none = {"Authorization": anthropic.omit, "X-Api-Key": anthropic.omit}
    for call in (lambda: wrong(**hello()), lambda: wrong(**hello(), extra_headers=none)):
        refused(anthropic.AuthenticationError, call, status=401, error_type="authentication_error")


@check("Errors", "404: a path that is not there")
def path(context):
    call = lambda: context.client.post("/v1/nonsense", cast_to=object, body={})  # noqa: E731
    refused(anthropic.NotFoundError, call, status=404, error_type="not_found_error")


@check("Errors", "400: requests that are wrong, each told by its place")
def bad_requests(context):
    create = context.client.messages.create
    cases = [
        (hello(max_tokens=0), "max_tokens"),
        (hello(messages=[]), "messages"),
        (hello(messages=[{"role": "assistant", "content": "Hello."}, *user("Say hello.")]), "messages"),
        (hello(messages=user("")), "messages"),
        (hello(extra_body={"no_such_field": 1}), "no_such_field"),
        (hello(messages=[{"role": "robot", "content": "Hello."}]), "messages.0"),
        (hello(messages=[{"role": "user", "content": [{"type": "nonsense"}]}]), "messages.0.content.0"),
        (hello(tools=[{"type": "code_execution_19990101", "name": "code_execution"}]), "tools.0"),
        (hello(tools=[*CODE, *CODE]), "tools"),
        (hello(extra_body={"container": {"id": 7}}), "container"),
    ]
    for body, says in cases:
        refused(
            anthropic.BadRequestError,
            lambda body=body: create(**body),
            status=400,
            error_type="invalid_request_error",
            says=says,
        )


@check("Errors", "400: a result without its call, a call without its result")
def pairs(context):
    create = context.client.messages.create
    orphan = [{"type": "tool_result", "tool_use_id": "toolu_01AAAA", "content": "x"}]
    call = [{"type": "tool_use", "id": "toolu_01AAAA", "name": "get_weather", "input": {}}]
    open_call = [*user("Say hello."), {"role": "assistant", "content": call}, *user("And?")]
    for messages in (user(orphan), open_call):
        refused(anthropic.BadRequestError, lambda m=messages: create(**hello(messages=m)), status=400)


@check("Errors", "404: a file that is not there, in a message")
def file(context):
    content = [
        {"type": "text", "text": "Say hello."},
        {"type": "container_upload", "file_id": "file_01AAAAAAAAAAAAAAAAAAAAAA"},
    ]
    create = context.client.beta.messages.create
    try:
        create(**hello(messages=user(content), tools=CODE))
    except anthropic.APIStatusError as error:
        true(error.status_code in (400, 404) and "ile" in str(error), f"{error}")
        return
    raise AssertionError("nothing was refused")


@check("Errors", "413: a message that is too large")
def large(context):
    refused(
        anthropic.APIStatusError,
        lambda: client(context, max_retries=0).messages.create(**hello(messages=user("x" * (33 * 1024 * 1024)))),
        status=413,
        names=("ContentTooLargeError", "RequestTooLargeError"),
        error_type="request_too_large",
    )


@check("Errors", "429: too many requests at once, with the time to wait")
def many(context):
    one = client(context, key=context.tight_key, url=context.tight_url, max_retries=0)
    ended, over = [], threading.Event()

    def slow():
        # It takes a second before its first word. A quick one may be in its way: it tries again.
        patient = one.with_options(max_retries=8)
        try:
            with patient.messages.create(**hello(messages=user("Talk slowly.")), stream=True) as events:
                ended.extend(event.type for event in events)
        finally:
            over.set()

    def quick():
        # The slow request may be on its way still: the first of these may be answered.
        while not over.is_set():
            one.messages.create(**hello())
            over.wait(0.05)

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        error = refused(anthropic.RateLimitError, quick, status=429, error_type="rate_limit_error")
        true(float(error.response.headers["retry-after"]) > 0, f"retry-after: {error.response.headers}")
    finally:
        thread.join(30)
    equal(ended[-1], "message_stop", "the slow answer's end")
    # With its usual tries the same client gets its answer.
    equal(one.with_options(max_retries=4).messages.create(**hello()).stop_reason, "end_turn", "stop_reason")


@check("Errors", "529: the model's service is overloaded")
def overloaded(context):
    refused(
        anthropic.APIStatusError,
        lambda: client(context, max_retries=0).messages.create(**hello(messages=user("The service is overloaded."))),
        status=529,
        names=("OverloadedError",),
        error_type="overloaded_error",
    )


@check("Errors", "429: the model's service limits its rate")
def limited(context):
    refused(
        anthropic.RateLimitError,
        lambda: client(context, max_retries=0).messages.create(**hello(messages=user("The service limits its rate."))),
        status=429,
        error_type="rate_limit_error",
    )


@check("Errors", "a request that failed for a moment succeeds when the client tries again")
def retried(context):
    one = client(context, max_retries=0)
    answer = one.messages.create(**hello(messages=user("The service stumbles once.")))
    equal(answer.stop_reason, "end_turn", "stop_reason")


@check("Errors", "an error in the middle of a stream is an error event")
def midway(context):
    try:
        with context.client.messages.stream(**hello(messages=user("Break in the middle."))) as events:
            for _event in events:
                pass
    except anthropic.APIError as error:
        body = error.body if isinstance(error.body, dict) else {}
        true(isinstance(body.get("error"), dict) and body["error"].get("type"), f"{type(error).__name__}: {body}")
        return
    raise AssertionError("the stream ended as if nothing had happened")


@check("Errors", "an error before a stream begins has its status")
def early(context):
    one = client(context, max_retries=0)
    call = lambda: one.messages.create(**hello(messages=user("The service is overloaded.")), stream=True)  # noqa: E731
    refused(anthropic.APIStatusError, call, status=529, names=("OverloadedError",))


@check("Errors", "405: a method that the path does not have")
def method(context):
    call = lambda: context.client.get("/v1/messages", cast_to=object)  # noqa: E731
    try:
        call()
    except anthropic.APIStatusError as error:
        equal(error.status_code, 405, "status")
        return
    raise AssertionError("nothing was refused")


@check("Errors", "400: the version header is missing")
def version(context):
    def call():
        return context.client.messages.create(**hello(), extra_headers={"anthropic-version": anthropic.omit})

    refused(anthropic.BadRequestError, call, status=400, says="anthropic-version")
