"""How the documentation is built: Sphinx, with pages in Markdown and the reference from the docstrings."""

from __future__ import annotations

import builtins
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from sphinx import addnodes

import tencent_ci_async
from tencent_ci_async import CIError, models
from tencent_ci_async.testing import Fault

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "tencent_ci_async"
author = "The tencent_ci_async developers"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
version = release = tencent_ci_async.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]
# A single backtick in a docstring names something of this package, and -n checks that it exists.
default_role = "py:obj"
nitpicky = True
# What others document. No inventory is fetched, so the build needs no network.
nitpick_ignore_regex = [
    (
        r"py:.*",
        r"(httpx|pydantic|opentelemetry|os|asyncio|collections|contextlib|datetime|types|typing|enum|signal)\..*",
    ),
    (r"py:.*", r"(AbstractAsyncContextManager|Awaitable|Callable|Collection|Iterable|Mapping|datetime)"),
]

myst_heading_anchors = 3

autodoc_default_options = {
    "members": True,
    "exclude-members": "model_config,model_post_init",
    "member-order": "bysource",
}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_attr_annotations = False
maximum_signature_line_length = 110

html_theme = "furo"
html_title = "tencent_ci_async"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["custom.css"]

_PACKAGE = "tencent_ci_async"
_COLON = "\ue000"
_GIVEN_TO_READERS = (BaseModel, CIError, Fault)
_SHOWN_DEFAULTS = {
    "_DEFAULT_TIMEOUTS": "Timeouts()",
    "_DEFAULT_RETRY": "RetryPolicy()",
    "MAX_SIGNATURE_LIFETIME": str(600),
    "8 * 1024 * 1024": "8_388_608",
    "(_SECRET_ID, _SECRET_KEY)": "...",
}


def _plain(annotation: object) -> object:
    """Return a type without the validators in its ``Annotated``, which say nothing to a reader."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain(arguments[0])
    if origin in {Union, UnionType}:
        # None comes last, as one writes it.
        return Union[tuple(sorted(map(_plain, arguments), key=lambda each: each is NoneType))]  # noqa: UP007
    if origin is not None:
        return origin[tuple(map(_plain, arguments))]
    return annotation


def _show_plain_types() -> None:
    for model in (getattr(models, name) for name in models.__all__):
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, field in model.model_fields.items():
                if name in model.__annotations__:
                    model.__annotations__[name] = _plain(field.rebuild_annotation())


def _show_signature(
    _app: Sphinx, what: str, _name: str, obj: object, _options: object, signature: str | None, returned: str
) -> tuple[str | None, str]:
    """Leave out the constructors of what a reader is given, and the private names of defaults."""
    if what in {"class", "exception"} and isinstance(obj, type) and issubclass(obj, _GIVEN_TO_READERS):
        return "", ""
    for private, shown in _SHOWN_DEFAULTS.items():
        signature = signature and signature.replace(private, shown)
    return signature, returned


def _hide_colons(_app: Sphinx, what: str, _name: str, _obj: object, _opt: object, lines: list[str]) -> None:
    # Napoleon takes what precedes a colon in the first line about an attribute for its type.
    if what in {"attribute", "property"} and lines:
        lines[0] = lines[0].replace(":", _COLON)


def _show_colons(_app: Sphinx, _what: str, _name: str, _obj: object, _opt: object, lines: list[str]) -> None:
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _find_public_name(
    app: Sphinx, environment: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.reference | None:
    """Find a bare name of the package from any page."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or target not in tencent_ci_async.__all__:
        return None
    domain = environment.get_domain("py")
    here = environment.docname
    return domain.resolve_xref(environment, here, app.builder, "obj", f"{_PACKAGE}.{target}", node, content)


def _leave_builtins_alone(_app: Sphinx, doctree: nodes.document) -> None:
    # Sphinx would take the type ``object`` for one of our attributes of that name.
    for node in doctree.findall(addnodes.pending_xref):
        if hasattr(builtins, node.get("reftarget", "")):
            node.attributes.pop("refspecific", None)


def setup(app: Sphinx) -> None:
    """Prepare the docstrings and types for the reference."""
    _show_plain_types()
    app.connect("autodoc-process-signature", _show_signature)
    app.connect("autodoc-process-docstring", _hide_colons, priority=1)
    app.connect("autodoc-process-docstring", _show_colons, priority=999)
    app.connect("doctree-read", _leave_builtins_alone)
    app.connect("missing-reference", _find_public_name)
