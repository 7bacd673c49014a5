"""The two kinds of files with profiles: sections of an INI file, and a JSON file for each profile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

from tencent_ci_async.errors import ConfigurationError

from ._keys import Credentials
from ._looking import Absence

__all__ = ["FoundProfile", "ProfileFile", "read_profile"]

_LARGEST_FILE = 1_048_576
_INI_NAMES = ("secret_id", "secret_key", "token")
_JSON_NAMES = ("secretId", "secretKey", "token")


class ProfileFile(NamedTuple):
    """A file that may hold a profile.

    Attributes:
        path: Where it is; ``~`` is the user's home.
        is_json: Whether the whole file is the profile, as JSON; else it is a section of an INI file.
    """

    path: str
    is_json: bool


class FoundProfile(NamedTuple):
    """A profile that was found.

    Attributes:
        keys: Its keys; None if it cannot be used.
        problem: Why it cannot be used.
        mode: The file's permissions; 0 where they say nothing.
    """

    keys: Credentials | None = None
    problem: str = ""
    mode: int = 0


class _Values:
    """What a profile says; its repr, being the plain one, shows nothing."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        value = self._values.get(name)
        return value.strip().strip("\"'") if isinstance(value, str) else ""

    def moment(self, name: str) -> float | None:
        value = self._values.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_profile(file: ProfileFile, profile: str) -> FoundProfile | Absence | None:
    """Read a profile from a file; None if there is no such file. Nothing is raised, whatever it holds.

    Args:
        file: Where to look.
        profile: The profile's name.
    """
    try:
        path = Path(file.path).expanduser() if file.path.startswith("~") else Path(file.path)
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode if os.name == "posix" else 0
            content = stream.read(_LARGEST_FILE + 1)
    except (FileNotFoundError, RuntimeError):
        # The latter where there is no home: a container may run as a user whom nobody has heard of.
        return None
    except (OSError, ValueError) as error:
        return FoundProfile(problem=f"the file cannot be read ({type(error).__name__})")
    if len(content) > _LARGEST_FILE:
        return FoundProfile(problem="the file is too large to hold credentials")
    values = _json_values(content) if file.is_json else _ini_values(content, profile)
    if values is None:
        return Absence(f"{file.path} has no section [{profile}]")
    if isinstance(values, str):
        return FoundProfile(problem=values)
    return _keys(file, values, mode)


def _keys(file: ProfileFile, values: _Values, mode: int) -> FoundProfile | Absence:
    id_name, key_name, token_name = _JSON_NAMES if file.is_json else _INI_NAMES
    missing = [name for name in (id_name, key_name) if not values.text(name)]
    if len(missing) == 2:
        return Absence(f"{file.path} holds neither {id_name} nor {key_name}")
    if missing:
        return FoundProfile(problem=f"{missing[0]} is missing")
    try:
        keys = Credentials(
            values.text(id_name),
            values.text(key_name),
            values.text(token_name) or None,
            expires_at=values.moment("expiresAt") if file.is_json else None,
        )
    except ConfigurationError as error:
        return FoundProfile(problem=str(error))
    return FoundProfile(keys, mode=mode)


def _json_values(content: bytes) -> _Values | str:
    try:
        document = cast("object", json.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return "the file is no JSON"
    if not isinstance(document, dict):
        return "the file is no JSON object"
    return _Values(cast("dict[str, object]", document))


def _ini_values(content: bytes, profile: str) -> _Values | str | None:
    import configparser  # noqa: PLC0415 - few programs have such a file

    # A percent sign means nothing here, and no section is the default of the others.
    parser = configparser.ConfigParser(interpolation=None, default_section="\0")
    try:
        parser.read_string(content.decode("utf-8-sig"))
    except (configparser.Error, ValueError) as error:
        # Its message would show the line, and what stands there may be a secret.
        line = getattr(error, "lineno", None)
        return "the file is no INI file" + (f": line {line} is not understood" if line else "")
    return _Values(dict(parser[profile])) if parser.has_section(profile) else None
