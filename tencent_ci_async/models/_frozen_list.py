"""Lists that stay as they are: a model that several callers share must not change under one of them."""

from typing import TYPE_CHECKING, Any, Final, NoReturn, SupportsIndex, TypeVar

__all__ = ["NO_ITEMS", "FrozenList"]

T = TypeVar("T")


class FrozenList(list[T]):
    """A list in every respect but that it refuses to be changed; ``list(it)`` is one that does not."""

    __slots__ = ()

    def _refuse(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise TypeError("models are immutable, and so are their lists: change a copy, list(...)")

    if not TYPE_CHECKING:
        # For type checkers it is a list like any other.
        __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
        append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __copy__(self) -> "FrozenList[T]":
        return self

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[type["FrozenList[T]"], tuple[list[T]]]:
        return type(self), (list(self),)


NO_ITEMS: Final[FrozenList[Any]] = FrozenList()
"""What a field holds that the service sent nothing for."""
