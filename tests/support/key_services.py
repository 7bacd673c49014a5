"""Stand-ins of the services that give keys: a server's metadata, and STS, on a real socket."""

import asyncio
import json
from contextlib import asynccontextmanager
from email.utils import formatdate

from support.tc3 import tc3_problem
from support.virtual_time import run
from support.wire import answer, wire_server

ROLES = "/latest/meta-data/cam/security-credentials/"
ROLE = "qcs::cam::uin/100000000001:roleName/reader"


def document(status=200, **content):
    """An answer in JSON."""
    return answer(status, json.dumps(content).encode(), Content_Type="application/json")


def role_document(number=1, *, end=1e10, **changes):
    """What metadata say about a role; a change to None leaves a field out."""
    fields = {
        "TmpSecretId": f"AKIDROLE{number}",
        "TmpSecretKey": f"RoleKey{number}",
        "Token": f"role-token-{number}",
        "ExpiredTime": end,
        "Code": "Success",
    }
    return document(**{name: value for name, value in {**fields, **changes}.items() if value is not None})


class MetadataServer:
    """The metadata of a server that has a role; each time it is asked for keys there are new ones."""

    def __init__(self, *, role="render-role", life=7_200, clock=lambda: 1_000.0):
        self.role = role
        self.life = life
        self.clock = clock
        self.given = 0

    async def __call__(self, request, writer):
        if self.role and request.target == ROLES:
            writer.write(answer(200, self.role.encode()))
        elif self.role and request.target == ROLES + self.role:
            self.given += 1
            writer.write(role_document(self.given, end=self.clock() + self.life))
        else:
            writer.write(answer(404, b"not found"))


class StsServer:
    """STS: checks the signature (or the token of an identity), and gives keys of a role."""

    def __init__(
        self, *, clock=lambda: 1_000.0, keys=("AKIDBASE", "BaseKey", None), identity="identity-token"
    ):
        self.clock = clock
        self.keys = keys
        self.identity = identity
        self.asked = []
        self.failures = []

    async def __call__(self, request, writer):
        asked = json.loads(request.body)
        self.asked.append(asked)
        code = self.failures.pop(0) if self.failures else self._problem(request, asked)
        number = len(self.asked)
        if code:
            content = {"Error": {"Code": code, "Message": f"refused for {code}"}}
        else:
            keys = {
                "Token": f"sts-token-{number}" + "=" * 400,
                "TmpSecretId": f"AKIDSTS{number}",
                "TmpSecretKey": f"StsKey{number}",
            }
            content = {"Credentials": keys, "ExpiredTime": int(self.clock()) + asked["DurationSeconds"]}
        body = json.dumps({"Response": {**content, "RequestId": f"request-{number}"}}).encode()
        writer.write(answer(200, body, Date=formatdate(self.clock(), usegmt=True)))

    def _problem(self, request, asked):
        if request.header("X-TC-Version") != "2018-08-13" or not request.header("X-TC-Region"):
            return "MissingParameter"
        if request.header("X-TC-Action") == "AssumeRoleWithWebIdentity":
            if request.header("Authorization") != "SKIP":
                return "AuthFailure"
            return (
                "" if asked["WebIdentityToken"] == self.identity else "InvalidParameter.WebIdentityTokenError"
            )
        secret_id, secret_key, token = self.keys
        return tc3_problem(request, secret_id=secret_id, secret_key=secret_key, token=token, now=self.clock())


@asynccontextmanager
async def key_services(handler):
    """A stand-in on a free loopback port."""
    async with wire_server(handler) as server:
        yield server


def seconds_lost_to_silence(ask):
    """The seconds, of virtual time, that it takes to ask a service which never answers; given its URL."""

    async def stall(_request, _writer):
        await asyncio.sleep(3_600)

    async def main():
        async with wire_server(stall) as server:
            loop = asyncio.get_running_loop()
            started = loop.time()
            await ask(server.url)
            return loop.time() - started

    return run(main())
