"""Neither a redirection, nor a proxy, nor a password file takes the keys elsewhere."""

import time
from dataclasses import replace

import httpx
import pytest
from support.verifier import problem
from support.wire import answer, wire_server

from tencent_ci_async import CISession, ConnectError, Credentials, ServiceError

KEYS = Credentials("AKID", "SECRET", "TOKEN")


def session_to(url, **settings):
    """A session with temporary keys, that tries once."""
    return CISession(
        "examplebucket-1250000000", "ap-chongqing", credentials=KEYS, endpoint=url, retry=None, **settings
    )


def verdict(request):
    """What an independent verifier says of a request that was signed just now."""
    return problem(request, secret_id="AKID", secret_key="SECRET", now=time.time(), token="TOKEN")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["another port", "another scheme", "the same host"])
@pytest.mark.parametrize("lent", [False, True], ids=["own client", "a client that would follow"])
async def test_a_redirection_is_an_error_and_nothing_goes_there(status, place, lent):
    async with wire_server() as other, wire_server() as server:
        target = {
            "another port": f"{other.url}/jobs/j1",
            "another scheme": f"https://127.0.0.1:{other.port}/jobs/j1",
            "the same host": f"{server.url}/elsewhere",
        }[place]
        server.script = [answer(status, b"", Location=target)]
        async with httpx.AsyncClient(follow_redirects=True) as client:
            async with session_to(server.url, client=client if lent else None) as session:
                with pytest.raises(ServiceError) as caught:
                    await session.describe_media_job("j1")
        assert caught.value.status == status
        assert len(server.requests) == 1
        assert (other.requests, other.connections) == ([], 0)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_gets_what_is_meant_for_the_world_only(monkeypatch, name):
    """It is given whole signed requests to plain endpoints; what is for this machine does not pass it."""
    async with wire_server() as proxy, wire_server() as server:
        monkeypatch.setenv(name, proxy.url)
        async with session_to(server.url) as near:
            await near.describe_media_job("j1")
        assert (len(server.requests), proxy.requests) == (1, [])
        async with session_to("http://ci.example", allow_plain_http=True) as far:
            await far.describe_media_job("j1")
        (request,) = proxy.requests
        assert request.target == "http://ci.example/jobs/j1"
        assert verdict(replace(request, target="/jobs/j1")) == ""


async def test_no_proxy_of_the_environment_is_obeyed(monkeypatch):
    async with wire_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "ci.invalid")
        async with session_to("http://ci.invalid", allow_plain_http=True) as session:
            with pytest.raises(ConnectError, match="not sent"):
                await session.describe_media_job("j1")
        assert proxy.connections == 0


@pytest.mark.parametrize("lent", [False, True], ids=["own client", "the caller's"])
async def test_a_password_file_does_not_replace_the_signature(monkeypatch, tmp_path, lent):
    """Tools that read ``.netrc`` send what stands there; here only the signature goes out."""
    passwords = tmp_path / ".netrc"
    passwords.write_text("machine 127.0.0.1 login user password word\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("HOME", str(tmp_path))
    async with wire_server() as server, httpx.AsyncClient(auth=httpx.NetRCAuth(passwords)) as client:
        async with session_to(server.url, client=client if lent else None) as session:
            await session.describe_media_job("j1")
        assert verdict(server.requests[0]) == ""
