"""Requests checked before they are sent: what is missing, what contradicts itself, what would be ignored."""

from ._check import check_node_alone, check_request

__all__ = ["check_node_alone", "check_request"]
