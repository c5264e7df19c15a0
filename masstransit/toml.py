"""Values as TOML, for settings that are handed on or shown; the standard library only reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def inline(value: Any) -> str:
    """A value in one line: what msgspec makes plain of it, with tables inline. `None` in a table is left out."""
    return _inline(msgspec.to_builtins(value, str_keys=True))


def lines(table: Any) -> str:
    """A whole document, a line a key."""
    plain = msgspec.to_builtins(table, str_keys=True)
    return "".join(f"{_text(key)} = {_inline(value)}\n" for key, value in plain.items() if value is not None)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_inline(each)}" for key, each in value.items() if each is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    return _text(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)


def _text(value: Any) -> str:
    """Of text, numbers and truth JSON is TOML, but for one character that JSON leaves as it is."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
