"""Roles: what somebody may do in a conversation. There are four, as the SDKs' services have them from the first day on;
each account has them under SIDs of its own.
"""

from __future__ import annotations

import hashlib

import msgspec


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What its holders may do."""

    name: str
    type: str  #: "conversation" | "service"
    permissions: tuple[str, ...]

    def sid(self, account: str) -> str:
        """Its SID in an account."""
        return _named("RL", account, self.name)


_OWN = (
    "sendMessage",
    "sendMediaMessage",
    "leaveConversation",
    "editOwnMessage",
    "editOwnMessageAttributes",
    "deleteOwnMessage",
)
_MODERATES = ("addParticipant", "removeParticipant", "deleteAnyMessage", "editConversationName")

CHANNEL_USER = Role(name="channel user", type="conversation", permissions=_OWN)
CHANNEL_ADMIN = Role(name="channel admin", type="conversation", permissions=(*_OWN, *_MODERATES))
SERVICE_USER = Role(name="service user", type="service", permissions=("editOwnUserInfo",))
SERVICE_ADMIN = Role(name="service admin", type="service", permissions=(*_OWN, *_MODERATES, "editOwnUserInfo"))
ROLES = (CHANNEL_USER, CHANNEL_ADMIN, SERVICE_USER, SERVICE_ADMIN)


def role_of(account: str, sid: str | None, otherwise: Role) -> Role:
    """The role with a SID, or else another."""
    return next((role for role in ROLES if role.sid(account) == sid), otherwise)


def service_of(account: str) -> str:
    """The SID of an account's chat service: each has one."""
    return _named("IS", account, "chat")


def _named(prefix: str, account: str, name: str) -> str:
    return prefix + hashlib.blake2b(f"{account}\0{name}".encode(), digest_size=16).hexdigest()
