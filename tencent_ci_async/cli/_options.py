"""The options that commands share, and what the command line says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from cyclopts import Group, Parameter

__all__ = [
    "ARGUMENTS",
    "DEFAULTS",
    "OPTIONS",
    "AllowUnknown",
    "Files",
    "Format",
    "Ids",
    "Interval",
    "OutputFormat",
    "Patience",
    "Service",
    "ServiceOptions",
    "Timeout",
    "flag",
    "option",
]

ARGUMENTS: Final = Group("Arguments", sort_key=1)
OPTIONS: Final = Group("Options", sort_key=2)
_SERVICE: Final = Group("The service", sort_key=3)
_NOTES: Final = Group("What is told", sort_key=4)


def option(*names: str, text: str, group: Group = OPTIONS, env: str | None = None) -> Parameter:
    """Return an option with a value.

    Args:
        names: Its names.
        text: What it means, default and choices included: not all versions of cyclopts show these.
        group: Where the help lists it.
        env: The environment variable that counts where the option is not given.
    """
    return Parameter(
        name=list(names),
        help=text,
        group=group,
        env_var=env,
        show_env_var=False,
        show_default=False,
        show_choices=False,
        negative="",
    )


def flag(*names: str, text: str, group: Group = OPTIONS) -> Parameter:
    """Return an option without a value."""
    return option(*names, text=text, group=group)


OutputFormat: TypeAlias = Literal["table", "json", "jsonl", "xml", "ids"]

Format: TypeAlias = Annotated[
    OutputFormat | None,
    option(
        "--output",
        "-o",
        text="How to write: table, json (one array), jsonl (one object a line), xml or ids. On a terminal it "
        "is table, in a pipe or a file jsonl.",
    ),
]

Ids: TypeAlias = Annotated[
    str, Parameter(help="Job ids, and - to read standard input.", group=ARGUMENTS, show_default=False)
]

Files: TypeAlias = Annotated[
    tuple[str, ...],
    option(
        "--file",
        "-f",
        text="A file of job ids: separated by blanks, commas or lines, a comment from # on; or the JSON "
        "lines that this program writes. May be repeated.",
    ),
]

Timeout: TypeAlias = Annotated[
    str | None,
    option("--timeout", "-t", text="How long to wait in all, such as 90, 10m or 1h30m. No limit by default."),
]

Interval: TypeAlias = Annotated[
    str, option("--interval", text="Time between two looks at a job; 5s by default. It grows under load.")
]

Patience: TypeAlias = Annotated[
    str,
    option("--patience", text="How long the service may be out of reach before waiting ends; 5m by default."),
]

AllowUnknown: TypeAlias = Annotated[
    bool, flag("--allow-unknown", text="Send also kinds of jobs and states that are not known here.")
]


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """Where the service is, how hard it is asked, and what is told about that."""

    bucket: Annotated[
        str | None,
        option(
            "--bucket",
            "-b",
            text="The bucket, as BucketName-APPID. By default $TENCENT_CI_BUCKET.",
            group=_SERVICE,
            env="TENCENT_CI_BUCKET",
        ),
    ] = None
    region: Annotated[
        str | None,
        option(
            "--region",
            "-r",
            text="The region, such as ap-chongqing. By default $TENCENTCLOUD_REGION.",
            group=_SERVICE,
            env="TENCENTCLOUD_REGION",
        ),
    ] = None
    endpoint: Annotated[
        str | None,
        option(
            "--endpoint",
            text="Another base URL, such as that of a simulator. By default $TENCENT_CI_ENDPOINT, else the "
            "public service.",
            group=_SERVICE,
            env="TENCENT_CI_ENDPOINT",
        ),
    ] = None
    allow_plain_http: Annotated[
        bool,
        flag("--allow-plain-http", text="Let an http endpoint be another machine than this.", group=_SERVICE),
    ] = False
    profile: Annotated[
        str | None,
        option(
            "--profile",
            text="The profile to take keys from. By default keys come from where the library finds them: "
            "environment variables first.",
            group=_SERVICE,
        ),
    ] = None
    rate: Annotated[
        float | None,
        option(
            "--rate", text="Requests per second, at most. No limit of our own by default.", group=_SERVICE
        ),
    ] = None
    max_in_flight: Annotated[
        int, option("--max-in-flight", text="Requests under way at once; 8 by default.", group=_SERVICE)
    ] = 8
    quiet: Annotated[
        bool, flag("--quiet", "-q", text="Neither progress nor notes; errors only.", group=_NOTES)
    ] = False
    verbose: Annotated[bool, flag("--verbose", "-v", text="Tell each request on stderr.", group=_NOTES)] = (
        False
    )
    debug: Annotated[
        bool,
        flag("--debug", text="Show the traceback of an error, for a report. It holds no keys.", group=_NOTES),
    ] = False


Service: TypeAlias = Annotated[ServiceOptions, Parameter(name="*")]

DEFAULTS: Final = ServiceOptions()
