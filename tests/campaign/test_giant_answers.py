"""An answer of a gigabyte costs what the cap allows, whatever form it comes in."""

import subprocess
import sys

import pytest

# Each has a process of its own, so that the memory of the one is not the other's.
SERVER = """
import asyncio, gzip, sys, zlib

MEGABYTE = 1 << 20
form, total = sys.argv[1], int(sys.argv[2]) * MEGABYTE
zeros = bytes(MEGABYTE)
sent = 0
heads = {
    "gzip": ["Content-Encoding: gzip"],
    "deflate": ["Content-Encoding: deflate"],
    "gzip in gzip": ["Content-Encoding: gzip, gzip"],
    "br": ["Content-Encoding: br"],
    "honest length": [f"Content-Length: {total}"],
    "lying length": ["Content-Length: 1000"],
}
head = heads.get(form, [])
chunked = "length" not in form
if chunked:
    head.append("Transfer-Encoding: chunked")

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

async def serve(reader, writer):
    global sent
    try:
        asked = await reader.readuntil(b"\\r\\n\\r\\n")
        if b"/jobs/how-much" in asked:
            body = b"<Response><JobsDetail><JobId>j%d</JobId></JobsDetail></Response>" % sent
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n" % len(body))
            writer.write(b"Connection: close\\r\\n\\r\\n" + body)
            return
        writer.write("\\r\\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode())
        for piece in filter(None, pieces()):
            writer.write(b"%x\\r\\n%b\\r\\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
            sent += len(piece)
        if chunked:
            writer.write(b"0\\r\\n\\r\\n")
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
CLIENT = """
import asyncio, resource, sys
from tencent_ci_async import CISession, Credentials, NoAnswerError, UnreadableAnswerError

def peak():
    # What getrusage tells is handed down by the process that started this one, where /proc exists.
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            (line,) = (each for each in status if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

async def main():
    keys = Credentials("id", "key")
    async with CISession("examplebucket-1250000000", "ap-chongqing", credentials=keys, retry=None,
                         endpoint=sys.argv[1], max_response_bytes=int(sys.argv[2])) as session:
        # The models are built before memory is looked at.
        await session.describe_media_job("how-much")
        before = peak()
        for number in range(3):
            try:
                await session.describe_media_job("j1")
            except (NoAnswerError, UnreadableAnswerError) as error:
                kind = type(error).__name__
            else:
                kind = "an answer"
        grown = peak() - before
        sent = (await session.describe_media_job("how-much")).job.job_id.removeprefix("j")
        print(kind, grown, sent, sep="|")

asyncio.run(main())
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
    python = [sys.executable, "-W", "error", "-c"]
    with subprocess.Popen(
        [*python, SERVER, form, str(megabytes)], stdout=subprocess.PIPE, text=True
    ) as server:
        base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        done = subprocess.run(
            [*python, CLIENT, base, str(CAP)], capture_output=True, text=True, timeout=300, check=False
        )
        server.kill()
    assert done.stderr == ""
    kind, grown, sent = done.stdout.split("|")
    assert kind == ends_in
    assert int(grown) <= 2 * CAP
    figure(f"{megabytes} MB offered three times: memory grew by {int(grown) / 1e6:.1f} MB at a cap of 8.4")
    # Three answers, each read little further than its cap; the rest stood in the sockets' buffers.
    assert int(sent) <= 3 * 3 * CAP
