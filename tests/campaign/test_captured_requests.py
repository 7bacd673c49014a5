"""A request that somebody caught on its way is worth nothing changed, and nothing ten minutes later."""

from dataclasses import replace
from random import Random

import httpx
from support.verifier import as_wire, problem

from tencent_ci_async import CIAuth, Credentials, Timing

NOW = 1_700_000_000
URL = "https://examplebucket-1250000000.ci.ap-chongqing.myqcloud.com"


def said_of(request, *, now=NOW):
    """What is wrong with a request that carries the token which it was given, or another."""
    token = request.header("x-ci-security-token")
    return problem(request, secret_id="AKID", secret_key="SECRET", now=now, token=token)


async def captured():
    """A signed request as it crosses the wire."""
    request = httpx.Request("GET", f"{URL}/jobs/j1,j2?family=media&size=10")
    await CIAuth(Credentials("AKID", "SECRET", "TOKEN"), timing=Timing(wall_clock=lambda: NOW)).sign(request)
    return as_wire(request)


def changed(text, random):
    """The text with one character replaced; the case of names does not count in a signature."""
    place = random.randrange(len(text))
    other = random.choice([char for char in "abcXYZ019-_.;=&%/" if char.lower() != text[place].lower()])
    return text[:place] + other + text[place + 1 :]


async def test_one_changed_byte_spoils_it(campaign):
    """In the target, the host, the token or the signature itself."""
    caught, random = await captured(), Random(7)
    assert said_of(caught) == ""
    for _ in range(10_000 if campaign else 1_000):
        part = random.choice(["target", "Host", "x-ci-security-token", "Authorization"])
        if part == "target":
            spoilt = replace(caught, target="/" + changed(caught.target[1:], random))
        else:
            headers = [(n, changed(v, random) if n.lower() == part.lower() else v) for n, v in caught.headers]
            spoilt = replace(caught, headers=tuple(headers))
        assert spoilt != caught
        assert said_of(spoilt) != ""


async def test_it_is_good_for_ten_minutes_at_most():
    caught = await captured()
    good = [second for second in range(-1_000, 1_000) if said_of(caught, now=NOW + second) == ""]
    assert good == list(range(good[0], good[-1] + 1))
    assert len(good) <= 601
