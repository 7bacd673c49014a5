"""An answer of a gigabyte costs what the cap allows, whatever form it comes in."""

import subprocess
import sys

import pytest

# The server is a thread with a loop of its own: what it holds is a piece, made once.
PROGRAM = """
import asyncio, gzip, resource, sys, threading, zlib
from tencent_ci_async import CISession, Credentials, NoAnswerError, UnreadableAnswerError

MEGABYTE = 1 << 20
form, total, cap = sys.argv[1], int(sys.argv[2]) * MEGABYTE, 8 * MEGABYTE
zeros = bytes(MEGABYTE)
head = ["HTTP/1.1 200 OK"]
sent = 0

def pieces():
    if form in ("gzip", "deflate"):
        squeeze = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | (16 if form == "gzip" else 0))
        for _ in range(total // MEGABYTE):
            yield squeeze.compress(zeros)
        yield squeeze.flush()
    elif form == "gzip in gzip":
        inner = gzip.compress(gzip.compress(zeros * 64))
        while True:
            yield inner
    else:
        for _ in range(total // MEGABYTE):
            yield zeros

if form in ("gzip", "deflate"):
    head.append(f"Content-Encoding: {form}")
if form == "gzip in gzip":
    head.append("Content-Encoding: gzip, gzip")
if form == "br":
    head.append("Content-Encoding: br")
if form == "honest length":
    head.append(f"Content-Length: {total}")
elif form == "lying length":
    head.append("Content-Length: 1000")
else:
    head.append("Transfer-Encoding: chunked")

async def serve(reader, writer):
    global sent
    try:
        asked = await reader.readuntil(b"\\r\\n\\r\\n")
        if b"/jobs/j0" in asked:
            body = b"<Response><JobsDetail><JobId>j0</JobId></JobsDetail></Response>"
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n" % len(body))
            writer.write(b"Connection: close\\r\\n\\r\\n" + body)
            return
        writer.write(("\\r\\n".join(head) + "\\r\\n\\r\\n").encode())
        for piece in pieces():
            if piece:
                writer.write(b"%x\\r\\n%b\\r\\n" % (len(piece), piece) if "chunked" in head[-1] else piece)
                await writer.drain()
                sent += len(piece)
        if "chunked" in head[-1]:
            writer.write(b"0\\r\\n\\r\\n")
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()

ready = threading.Event()

def run_server():
    async def main():
        global port, stop, server_loop
        server_loop, stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
    asyncio.run(main())

threading.Thread(target=run_server, daemon=True).start()
ready.wait()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

async def main():
    keys = Credentials("id", "key")
    async with CISession("examplebucket-1250000000", "ap-chongqing", credentials=keys, retry=None,
                         endpoint=f"http://127.0.0.1:{port}", max_response_bytes=cap) as session:
        # The models are built before memory is looked at.
        await session.describe_media_job("j0")
        before = peak()
        for number in range(3):
            try:
                await session.describe_media_job("j1")
            except (NoAnswerError, UnreadableAnswerError) as error:
                kind = type(error).__name__
            else:
                kind = "an answer"
        print(kind, peak() - before, sent, sep="|")

asyncio.run(main())
server_loop.call_soon_threadsafe(stop.set)
"""

CAP = 8 << 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak of a process this way")
@pytest.mark.parametrize(
    ("form", "ends_in"),
    [
        ("chunked", "ResponseTooLargeError"),
        ("honest length", "ResponseTooLargeError"),
        ("gzip", "ResponseTooLargeError"),
        ("deflate", "ResponseTooLargeError"),
        ("gzip in gzip", "UnreadableAnswerError"),
        ("br", "UnreadableAnswerError"),
        # The thousand bytes are zeros, and what comes after them belongs to no answer.
        ("lying length", "UnreadableAnswerError"),
    ],
)
def test_memory_stays_within_twice_the_cap(form, ends_in, campaign, figure):
    """Plain, chunked, compressed, or under a false length: the error has a type, and reading stops."""
    megabytes = 1_024 if campaign else 128
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, form, str(megabytes)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    kind, grown, sent = done.stdout.split("|")
    assert kind == ends_in
    assert int(grown) <= 2 * CAP
    figure(f"{megabytes} MB offered three times: memory grew by {int(grown) / 1e6:.1f} MB at a cap of 8.4")
    # Three answers, each read little further than its cap; the rest stood in the sockets' buffers.
    assert int(sent) <= 3 * 3 * CAP
