"""A proxy in front of a server that shows it below a path, as many companies do: `http://host/some/path/v1/messages`.

Each connection carries one request, whose head is rewritten; everything after it is passed on as it comes.
"""

import asyncio
import threading

PATH = "/models/skilled"
LARGEST_HEAD = 64 * 1024


class Gateway:
    """Listens on a free port of this machine until it is stopped. `port`: where the server is, once that is known."""

    def __init__(self, port=0):
        self.port = port
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}"

    async def _listen(self):
        return await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=LARGEST_HEAD)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def _connection(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            behind, ahead = await asyncio.open_connection("127.0.0.1", self.port, limit=LARGEST_HEAD)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            writer.close()
            return
        try:
            ahead.write(rewritten(head))
            # The request may still be coming when the answer ends it.
            request = asyncio.ensure_future(pump(reader, ahead))
            await pump(behind, writer)
            request.cancel()
        finally:
            ahead.close()
            writer.close()


def rewritten(head):
    """The head without the path, for one request."""
    first, *headers = head[:-4].split(b"\r\n")
    method, target, version = first.split(b" ", 2)
    path = PATH.encode()
    if not target.startswith(path + b"/"):
        # Whatever is asked for beside the path is not there.
        target = b"/outside" + target
    headers = [it for it in headers if not it.lower().startswith(b"connection:")]
    target = target.removeprefix(path)
    return b"\r\n".join([b" ".join([method, target, version]), *headers, b"Connection: close", b"", b""])


async def pump(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
