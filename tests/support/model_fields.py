"""The fields of the models as data, and strategies for what they read and hold."""

import inspect
import types
from datetime import datetime, timedelta, timezone
from types import NoneType
from typing import Annotated, Any, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from tencent_ci_async import models
from tencent_ci_async.models import WireModel

__all__ = [
    "MODELS",
    "NOTHING",
    "all_paths",
    "documents",
    "fields_by_wire_name",
    "instances",
    "is_model",
    "unknown",
    "untyped",
]

MODELS = [
    member
    for _, member in inspect.getmembers(models, inspect.isclass)
    if issubclass(member, WireModel) and member is not WireModel
]
NOTHING = [None, "", " \n", "-", []]


# --- Fields -----------------------------------------------------------------------------------------


def is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inner_type(annotation: Any) -> tuple[Any, bool]:
    """Return what a field holds, and whether it holds a list of it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inner_type(get_args(annotation)[0])
    if origin is list:
        return _inner_type(get_args(annotation)[0])[0], True
    if origin is dict:
        return dict, False
    if origin in (Union, types.UnionType):
        present = [each for each in get_args(annotation) if each is not type(None)]
        return _inner_type(present[-1])
    # A model that is imported late is named in the annotation, not there.
    return getattr(models, annotation.__name__, annotation), False


def _wire_names(field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]


def fields_by_wire_name(model: type[BaseModel]) -> dict[str, tuple[Any, bool]]:
    """Return what each field holds, and whether it holds a list of it, under all names that are read."""
    return {
        name: _inner_type(field.annotation)
        for field in model.model_fields.values()
        for name in _wire_names(field)
    }


def all_paths(model: type[BaseModel], parent: str = "") -> dict[str, tuple[Any, bool]]:
    """Return the same for a model and everything in it, under dotted paths."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, (kind, is_list) in fields_by_wire_name(model).items():
        found[parent + name] = (kind, is_list)
        if is_model(kind):
            found |= all_paths(kind, f"{parent}{name}.")
    return found


def untyped(value: Any, place: str = "") -> list[str]:
    """Return the paths of all elements, at any depth, for which the models have no field."""
    if isinstance(value, BaseModel):
        found = [f"{place}.{name}" for name in value.model_extra or {}]
        for name in type(value).model_fields:
            found += untyped(getattr(value, name), f"{place}.{name}")
        return found
    return [each for item in value for each in untyped(item, place)] if isinstance(value, list) else []


# --- What the service may send ----------------------------------------------------------------------

words = st.text("abcdefgh XYZ-_/.:äé漢0123456789", min_size=1, max_size=12)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=offsets)  # noqa: DTZ001 - offsets follow
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | st.integers() | numbers | words
unknown = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=6)
WRITTEN: dict[Any, st.SearchStrategy[Any]] = {
    str: words,
    int: st.integers().flatmap(lambda number: st.sampled_from([number, str(number), f"{number}.0"])),
    float: numbers.flatmap(lambda number: st.sampled_from([number, repr(number)])),
    bool: st.sampled_from(["true", "false", True, False]),
    datetime: times.flatmap(lambda t: st.sampled_from([t, t.isoformat(), t.strftime("%Y-%m-%dT%H:%M:%S%z")])),
    dict: st.dictionaries(words, unknown, max_size=2),
}


@st.composite
def documents(draw: st.DrawFn, model: type[BaseModel]) -> dict[str, Any]:
    """Return a document of the kind that the service sends for a model, with elements nobody knows."""
    fields = fields_by_wire_name(model)
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=5))
    document = draw(st.dictionaries(words.map("New{}".format), unknown, max_size=1))
    for name in chosen:
        kind, is_list = fields[name]
        one = documents(kind) if is_model(kind) else WRITTEN[kind]
        several = st.lists(one, max_size=2) if is_list else st.nothing()
        document[name] = draw(one | several | st.sampled_from(NOTHING[:-1]))
    return document


# --- What a program may make ------------------------------------------------------------------------

# What XML can carry: no control characters, no blanks around it, and something in it.
letters = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
texts = st.text(letters, min_size=1, max_size=12).map(str.strip).filter(lambda text: text not in {"", "-"})
names = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,7}", fullmatch=True)
MADE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(),
    float: numbers,
    bool: st.booleans(),
    datetime: times,
    dict: st.dictionaries(
        names, texts | st.dictionaries(names, texts, min_size=1, max_size=2), min_size=1, max_size=2
    ),
}


@st.composite
def instances(draw: st.DrawFn, model: type[BaseModel]) -> BaseModel:
    """Return an instance made by hand, by the names of its attributes, from values that XML can carry."""
    fields = sorted(model.model_fields)
    chosen = draw(st.lists(st.sampled_from(fields), unique=True, max_size=5)) if fields else []
    arguments: dict[str, Any] = draw(st.dictionaries(names.map("New{}".format), texts, max_size=1))
    for name in chosen:
        annotation = model.model_fields[name].annotation
        kind, is_list = _inner_type(annotation)
        one = instances(kind) if is_model(kind) else MADE[kind]
        nothing = st.none() if NoneType in get_args(annotation) else st.nothing()
        arguments[name] = draw(st.lists(one, max_size=3) if is_list else nothing | one)
    return model(**arguments)
