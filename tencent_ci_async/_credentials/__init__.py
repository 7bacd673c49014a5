"""Credentials that cannot be printed, and where they come from.

A provider is any async callable that returns `Credentials`: instance metadata, STS, a vault.
"""

from ._cached import CachedProvider, cached_provider
from ._environment import EnvironmentProvider
from ._keys import Credentials, CredentialsProvider

__all__ = [
    "CachedProvider",
    "Credentials",
    "CredentialsProvider",
    "EnvironmentProvider",
    "cached_provider",
]
