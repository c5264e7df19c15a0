"""Which product and which endpoint a request is for: by host and by prefix, in one place.

Eight shapes of path occur in several products (`/v1/Services` in three), so a path alone never decides. A product is
named by the host (`messaging.DOMAIN`; `messaging.twilio.com` when an SDK's traffic is proxied here) or else by the
path's first segment (`/messaging/v1/Services`); `/2010-04-01/...` without either is the product `api`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from masstransit.api.dialect import V2010, Route

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
SDK_DOMAIN = "twilio.com"


class Place(NamedTuple):
    """Where a request goes: the product, the path within it, and the base of the product's absolute URLs."""

    product: str
    path: str
    base: str


class _Node:
    __slots__ = ("fixed", "methods", "names", "open")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.open: _Node | None = None
        self.methods: dict[str, Route] = {}
        self.names: dict[str, tuple[str, ...]] = {}  # method -> names of the placeholders, in order


class Table:
    """Every route, as a tree a product."""

    def __init__(self, routes: Iterable[Route], *, domain: str, base_url: str = "") -> None:
        self._roots: dict[str, _Node] = {}
        self._suffix = f".{domain.lower()}"
        self._base_url = base_url.rstrip("/")
        for route in routes:
            self._add(route)

    @property
    def products(self) -> frozenset[str]:
        """The products that there are."""
        return frozenset(self._roots)

    def _add(self, route: Route) -> None:
        node = self._roots.setdefault(route.product, _Node())
        names = []
        for segment in _segments(route.path):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.open = node.open or _Node()
                node = node.open
            else:
                node = node.fixed.setdefault(segment, _Node())
        if route.method in node.methods:
            raise ValueError(f"two endpoints for {route.method} {route.product}:{route.path}")
        node.methods[route.method] = route
        node.names[route.method] = tuple(names)

    def place(self, scope: Mapping[str, Any]) -> Place | None:
        """The product of a request. None: it is for none of them (a page of the console, say)."""
        host, proto = host_of(scope)
        path: str = scope["path"]
        base = self._base_url or f"{proto}://{host}"
        product = self._product_of(host)
        if product is not None:
            own = base if self._base_url == "" else f"{self._base_url}/{product}"
            return Place(product, path, own)
        first, _, rest = path[1:].partition("/")
        if first == V2010:
            return Place("api", path, base)
        if first in self._roots and rest:
            return Place(first, f"/{rest}", f"{base}/{first}")
        return None

    def _product_of(self, host: str) -> str | None:
        name = host.partition(":")[0].lower()
        if name.endswith((self._suffix, f".{SDK_DOMAIN}")):
            return name.partition(".")[0]
        return None

    def find(self, place: Place, method: str) -> tuple[Route | None, dict[str, str], tuple[str, ...]]:
        """The route with its placeholders' values; or None and the methods that the path knows (none: no such path)."""
        node = self._roots.get(place.product)
        values: list[str] = []
        for segment in _segments(place.path):
            if node is None:
                return None, {}, ()
            known = node.fixed.get(segment)
            if known is None and node.open is not None and segment:
                values.append(segment)
                known = node.open
            node = known
        if node is None or not node.methods:
            return None, {}, ()
        route = node.methods.get(method)
        if route is None:
            return None, {}, tuple(sorted(node.methods))
        return route, dict(zip(node.names[method], values, strict=True)), ()


def _segments(path: str) -> list[str]:
    return path.removesuffix(".json").strip("/").split("/")


def host_of(scope: Mapping[str, Any]) -> tuple[str, str]:
    """The host as the client named it, and the scheme; what a proxy in front says of them counts."""
    host = proto = ""
    for name, value in scope["headers"]:
        if name == b"x-forwarded-host" or (name == b"host" and not host):
            host = value.decode("latin-1").partition(",")[0].strip()
        elif name == b"x-forwarded-proto":
            proto = value.decode("latin-1").partition(",")[0].strip()
    if not _HOST.fullmatch(host):
        server = scope.get("server") or ("127.0.0.1", 80)
        host = f"{server[0]}:{server[1]}"
    return host, proto if proto in {"http", "https"} else scope.get("scheme", "http")
