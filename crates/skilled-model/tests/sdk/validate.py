"""Feeds the recorded streams to the official SDKs and compares what they make of them.

Every `NAME.sse` of the data folder is replayed by a local HTTP server to the SDK of its provider (the first part of
NAME). The SDK's final message must equal `NAME.json`, which the Rust tests compare with, too, and must be valid by the
SDK's own types. With `--write`, the JSON files are written instead: look at the difference before committing it.
"""

import argparse
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anthropic
import openai

MESSAGES = [{"role": "user", "content": "hello"}]
TOOL_NAMES = ["bash", "view", "list_files"]


class Replay(BaseHTTPRequestHandler):
    """Answers every request with the stream that the server holds."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("content-length", str(len(self.server.stream)))
        self.end_headers()
        self.wfile.write(self.server.stream)

    def log_message(self, *_):
        pass


def through_anthropic(url):
    client = anthropic.Anthropic(base_url=url, api_key="k", max_retries=0, _strict_response_validation=True)
    with client.messages.stream(model="m", max_tokens=100, messages=MESSAGES) as stream:
        message = stream.get_final_message()
    # The strict types of a whole response, beyond those of each event.
    anthropic.types.Message.model_validate(message.to_dict())
    return message.to_dict()


def through_openai(url):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0, _strict_response_validation=True)
    tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in TOOL_NAMES]
    with client.chat.completions.stream(
        model="m", messages=MESSAGES, tools=tools, stream_options={"include_usage": True}
    ) as stream:
        try:
            completion = stream.get_final_completion()
        except openai.LengthFinishReasonError as error:
            # The helper refuses an answer that was cut off, but carries it.
            completion = error.completion
    found = completion.to_dict()
    for choice in found["choices"]:
        # Compatible servers repeat the role in every delta, and the SDK joins what is repeated.
        if not choice["message"]["role"].replace("assistant", ""):
            choice["message"]["role"] = "assistant"
    openai.types.chat.ChatCompletion.model_validate(found)
    return found


PROVIDERS = {"anthropic": through_anthropic, "openai": through_openai}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the recorded streams")
    parser.add_argument("--write", action="store_true", help="write the JSON files instead of comparing")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    recordings = sorted(options.data.glob("*.sse"))
    failures = [] if recordings else [f"{options.data} has no recorded streams"]
    for recording in recordings:
        server.stream = recording.read_bytes()
        through = PROVIDERS[recording.name.split("-")[0]]
        try:
            found = through(url)
        except Exception as error:  # every failure of an SDK is a finding, of whatever class
            failures.append(f"{recording.name}: {type(error).__name__}: {error}")
            continue
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        expected = recording.with_suffix(".json")
        if options.write:
            expected.write_text(text, encoding="utf-8")
        elif not expected.exists() or json.loads(expected.read_text(encoding="utf-8")) != found:
            failures.append(f"{recording.name}: the SDK makes of it:\n{text}")
    server.shutdown()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(recordings) - len(failures)} of {len(recordings)} recorded streams agree with the SDKs")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
