"""Where webhooks may go: public hosts over HTTP and HTTPS, and nowhere else unless the operator allows it.

A URL of a customer's must not reach what stands beside us (server-side request forgery): loopback, private networks,
link-local addresses and the metadata services behind them, shared address space (RFC 6598), multicast, and the IPv6
forms that carry such an IPv4 address.
"""

from __future__ import annotations

import ipaddress
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from masstransit.errors import BadInput

Ip: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_LONGEST = 2048
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_SHARED = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".localdomain", ".home.arpa")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet's."""
    try:
        ip: Ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is None and int(ip) >> 32 == 0:  # IPv4-compatible (RFC 4291 2.5.5.1), :: and ::1 among them
            return False
        if inner is not None:
            ip = inner
    if ip.version == 4 and ip in _SHARED:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def check_url(url: str, *, field: str, allow_private: bool, code: int = 21609) -> SplitResult:
    """Whether a callback URL may be kept: its form, and its host where that can be told without asking the DNS.

    Raises `BadInput`. The host's addresses are checked again whenever the URL is called.
    """
    if len(url) > _LONGEST or any(c <= " " or c == "\x7f" for c in url) or "\\" in url:
        raise BadInput(f"'{field}' is not a URL that can be called.", field=field, code=code)
    try:
        read = urlsplit(url)
        port = read.port
    except ValueError as wrong:
        raise BadInput(f"'{field}' is not a URL: {wrong}", field=field, code=code) from wrong
    host = read.hostname
    if read.scheme not in {"http", "https"} or not host or port == 0:
        raise BadInput(f"'{field}' has to be an http or https URL with a host.", field=field, code=code)
    if not allow_private and _is_here(host):
        raise BadInput(f"'{field}' points to a private or local address.", field=field, code=code)
    return read


def _is_here(host: str) -> bool:
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(_LOCAL_NAMES[1:]) or ("." not in name and ":" not in name):
        return True
    last = name.rpartition(".")[2]
    if ":" in name or last.isdigit() or last.startswith("0x"):  # an address, in any spelling that libraries accept
        return not is_public(name)
    return False
