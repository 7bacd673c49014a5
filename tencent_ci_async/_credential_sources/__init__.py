"""Where keys come from that must be asked for over HTTP, and the default chain of all places.

Modules are imported when they are needed: programs with their keys in the environment load the chain alone.
"""

from ._default import DefaultProvider

__all__ = ["DefaultProvider"]
