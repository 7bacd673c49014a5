"""Keys from the files in which Tencent Cloud's SDKs and command line keep them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._keys import Credentials
from ._looking import Absence, Variables
from ._profile_files import ProfileFile, read_profile

__all__ = ["ProfilePlaces", "ProfileProvider", "profile_keys"]

_READABLE_BY_OTHERS = 0o004

_logger = logging.getLogger("tencent_ci_async.credentials")


class ProfilePlaces(NamedTuple):
    """Which profile is looked for, and in which files.

    Attributes:
        profile: Its name.
        files: Where it may be, the first that has it wins.
        profile_named: Whether somebody named the profile, so that it must be there.
        directory_named: Whether somebody named the directory, so that a file must be there.
    """

    profile: str
    files: tuple[ProfileFile, ...]
    profile_named: bool
    directory_named: bool

    @classmethod
    def of(
        cls, profile: str | None, directory: str | os.PathLike[str] | None, variables: Variables
    ) -> ProfilePlaces:
        """Return the places that these settings name, or else the environment, or else the usual ones.

        Source: Tencent Cloud SDK for Python (its file); TCCLI and Terraform provider (the directory, and a
        file for each profile).
        """
        named = profile or variables.value("TENCENTCLOUD_PROFILE")
        name = named or "default"
        place = directory or variables.value("TENCENTCLOUD_SHARED_CREDENTIALS_DIR")
        if place:
            files: tuple[ProfileFile, ...] = (
                ProfileFile(f"{Path(place, 'credentials')}", is_json=False),
                ProfileFile(f"{Path(place, f'{name}.credential')}", is_json=True),
            )
        else:
            files = (
                ProfileFile("~/.tencentcloud/credentials", is_json=False),
                ProfileFile("/etc/tencentcloud/credentials", is_json=False),
                ProfileFile(f"~/.tccli/{name}.credential", is_json=True),
            )
        return cls(name, files, bool(named), bool(place))


class ProfileProvider:
    """Reads a profile from a file, anew at each call.

    Looked for are, in this order: the section of that name in ``~/.tencentcloud/credentials``, then in
    ``/etc/tencentcloud/credentials`` (``secret_id``, ``secret_key`` and, for temporary keys, ``token``); then
    ``~/.tccli/<profile>.credential``, which ``tccli configure`` and ``tccli auth login`` write. With a
    directory, its ``credentials`` and ``<profile>.credential`` are looked for instead. A ``role_arn`` in a
    section is not used, as the vendor's SDK does not use it either: give it to `AssumeRoleProvider`.

    The file is read in a thread. A warning is logged, once for each provider, when every user of the machine
    can read it.

    Args:
        profile: The profile's name; None for that in ``TENCENTCLOUD_PROFILE``, or else ``default``.
        directory: Where the files are; None for ``TENCENTCLOUD_SHARED_CREDENTIALS_DIR``, or else the usual
            places.
        environment: Another mapping to read the two variables from; None for ``os.environ``.
        timing: The clocks; only tests need others.

    Source: Tencent Cloud SDK, credentials; TCCLI, configuration.
    """

    def __init__(
        self,
        profile: str | None = None,
        *,
        directory: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._profile = profile
        self._directory = directory
        self._variables = Variables(environment)
        self._timing = timing or Timing()
        self._warned: set[str] = set()

    async def __call__(self) -> Credentials:
        """Return the profile's keys.

        Raises:
            ConfigurationError: There is no such profile, or its file cannot be used.
            CredentialsError: The file says that these keys have expired.
        """
        found = await profile_keys(self._places(), self._timing, self._warned)
        if isinstance(found, Absence):
            raise ConfigurationError(
                f"no credentials in a profile: {found.reason}; run `tccli configure`, or write secret_id and "
                "secret_key there"
            )
        return found

    def _places(self) -> ProfilePlaces:
        return ProfilePlaces.of(self._profile, self._directory, self._variables)


async def profile_keys(places: ProfilePlaces, timing: Timing, warned: set[str]) -> Credentials | Absence:
    """Return the keys of a profile, or why there are none.

    Args:
        places: Where to look.
        timing: The clocks.
        warned: The files that were warned about; one more may be added.

    Raises:
        ConfigurationError: A profile that was asked for is nowhere, or a file cannot be used.
        CredentialsError: The keys have expired.
    """
    reasons: list[str] = []
    any_file = False
    for file in places.files:
        found = await asyncio.to_thread(read_profile, file, places.profile)
        if found is None:
            reasons.append(f"there is no {file.path}")
            continue
        any_file = True
        if isinstance(found, Absence):
            reasons.append(found.reason)
            continue
        if found.keys is None:
            raise ConfigurationError(f"{file.path}: {found.problem}")
        if found.mode & _READABLE_BY_OTHERS and file.path not in warned:
            warned.add(file.path)
            _logger.warning("%s can be read by every user of this machine: chmod 600 it", file.path)
        if found.keys.expires_at is not None and found.keys.expires_at <= timing.wall_clock():
            raise CredentialsError(
                f"{file.path}: the keys of profile {places.profile!r} have expired; get new ones, by "
                "`tccli auth login` if that was how they came"
            )
        return found.keys
    absence = Absence("; ".join(reasons))
    if places.profile_named:
        raise ConfigurationError(
            f"profile {places.profile!r} was asked for and is not there: {absence.reason}"
        )
    if places.directory_named and not any_file:
        raise ConfigurationError(f"the directory that was asked for has no credentials: {absence.reason}")
    return absence
