"""Batches: create, poll, results, cancel, delete."""

import time

import anthropic
from harness import equal, true
from sdk import MODEL, check, client, refused, text, user

REVIEWS = {"good": "positive", "bad": "negative", "so-so": "neutral"}
SECONDS = 30


def one(custom_id, prompt, **more):
    return {"custom_id": custom_id, "params": {"model": MODEL, "max_tokens": 50, "messages": user(prompt), **more}}


def ended(client, batch_id):
    deadline = time.monotonic() + SECONDS
    while True:
        batch = client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
        true(time.monotonic() < deadline, f"not ended after {SECONDS} s: {batch}")
        time.sleep(0.1)


@check("Batches", "a batch is made, ends, and has its results")
def whole(context):
    batches = context.client.messages.batches
    requests = [one(name, f"Classify as positive/negative/neutral: {name}") for name in REVIEWS]
    requests.append(one("wrong", "Classify as positive/negative/neutral: good", max_tokens=0))
    requests.append(one("failing", "The service is overloaded."))
    batch = batches.create(requests=requests)
    true(batch.id.startswith("msgbatch_"), batch.id)
    equal((batch.type, batch.archived_at, batch.cancel_initiated_at), ("message_batch", None, None), "batch")
    equal(sum(batch.request_counts.to_dict().values()), len(requests), "requests counted")
    done = ended(context.client, batch.id)
    counts = done.request_counts
    equal((counts.processing, counts.succeeded, counts.errored, counts.canceled), (0, 3, 2, 0), "counts")
    true(done.results_url and done.ended_at, f"{done}")
    results = {it.custom_id: it.result for it in batches.results(batch.id)}
    equal(set(results), {*REVIEWS, "wrong", "failing"}, "results")
    for name, expected in REVIEWS.items():
        equal(results[name].type, "succeeded", name)
        equal(text(results[name].message), expected, name)
    for name in ("wrong", "failing"):
        equal(results[name].type, "errored", name)
        equal(results[name].error.type, "error", name)
    equal(results["wrong"].error.error.type, "invalid_request_error", "wrong")
    context.batch = done


@check("Batches", "code runs in a batch")
def code(context):
    tools = [{"type": "code_execution_20250825", "name": "code_execution"}]
    batch = context.client.beta.messages.batches.create(requests=[one("code", "Look at what is there.", tools=tools)])
    ended(context.client, batch.id)
    (result,) = context.client.beta.messages.batches.results(batch.id)
    equal(result.result.type, "succeeded", "result")
    kinds = [it.type for it in result.result.message.content]
    true("bash_code_execution_tool_result" in kinds, f"{kinds}")


@check("Batches", "a batch is cancelled")
def cancel(context):
    batches = context.client.messages.batches
    batch = batches.create(requests=[one(f"slow-{number}", "Take your time.") for number in range(60)])
    cancelled = batches.cancel(batch.id)
    true(cancelled.processing_status in ("canceling", "ended"), cancelled.processing_status)
    true(cancelled.cancel_initiated_at is not None, "cancel_initiated_at")
    counts = ended(context.client, batch.id).request_counts
    true(counts.canceled > 0 and counts.processing == 0, f"{counts}")
    equal(counts.canceled + counts.succeeded, 60, "requests")
    results = [it.result.type for it in batches.results(batch.id)]
    equal(results.count("canceled"), counts.canceled, "results")
    context.cancelled = batch


@check("Batches", "batches are listed, page by page")
def listed(context):
    found = [it.id for it in context.client.messages.batches.list(limit=1)]
    true(found.index(context.cancelled.id) < found.index(context.batch.id), f"newest first: {found}")


@check("Errors", "batches: 400 for names that are used twice, 404 for a stranger, 400 for results too early")
def bad(context):
    batches = context.client.messages.batches
    twice = [one("same", "Say hello."), one("same", "Say hello.")]
    refused(anthropic.BadRequestError, lambda: batches.create(requests=twice), status=400)
    refused(anthropic.BadRequestError, lambda: batches.create(requests=[one("not allowed!", "Say hello.")]), status=400)
    refused(anthropic.BadRequestError, lambda: batches.create(requests=[]), status=400)
    stranger = client(context, key=context.stranger_key).messages.batches
    refused(anthropic.NotFoundError, lambda: stranger.retrieve(context.batch.id), status=404)
    refused(anthropic.NotFoundError, lambda: stranger.cancel(context.batch.id), status=404)


@check("Batches", "a batch that has ended is deleted")
def delete(context):
    batches = context.client.messages.batches
    done = batches.delete(context.batch.id)
    equal((done.id, done.type), (context.batch.id, "message_batch_deleted"), "answer")
    refused(anthropic.NotFoundError, lambda: batches.retrieve(context.batch.id), status=404)
