"""Who works at the pages: the desk's people, and customers' people. What each role may do stands here, in one table."""

from __future__ import annotations

import enum
from collections.abc import Mapping

DESK = ""  #: the account of those who are no customer's


class Right(enum.Flag):
    """What may be done at the pages."""

    NONE = 0
    # the desk's
    WATCH = enum.auto()  #: see traffic, decisions, standing and cases, bodies left out
    REVIEW = enum.auto()  #: read what is held and decide of it; hear what was recorded, with a reason on record
    WORK_CASES = enum.auto()  #: open, answer and close cases, decide appeals, put and lift steps, let rules rest
    TRY_POLICY = enum.auto()  #: try other figures on past traffic, rehearse attacks
    KEEP_NUMBERS = enum.auto()  #: providers' rules, locks, reclamations, letters for caller IDs
    KEEP_STAFF = enum.auto()  #: who of the desk may sign in, and as what
    # a customer's
    READ_LOG = enum.auto()  #: the account's messages, decisions, notices, numbers and consents
    APPEAL = enum.auto()  #: contradict a step or a decision
    HEAR = enum.auto()  #: hear what the account recorded
    KEEP_ACCOUNT = enum.auto()  #: keys, webhooks, caller IDs
    ACCEPT = enum.auto()  #: accept the policy for the customer
    KEEP_USERS = enum.auto()  #: who of the customer may sign in, and as what


class Role(enum.StrEnum):
    """What somebody is at the pages."""

    REVIEWER = "reviewer"
    OFFICER = "officer"
    AUDITOR = "auditor"
    ADMIN = "admin"
    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"

    @property
    def rights(self) -> Right:
        return RIGHTS[self]

    @property
    def of_desk(self) -> bool:
        """Whether it is the desk's, and no customer's."""
        return Right.WATCH in self.rights


_DESK = Right.WATCH | Right.REVIEW | Right.WORK_CASES | Right.TRY_POLICY | Right.KEEP_NUMBERS

RIGHTS: Mapping[Role, Right] = {
    Role.REVIEWER: Right.WATCH | Right.REVIEW,
    Role.OFFICER: _DESK,
    Role.AUDITOR: Right.WATCH,
    Role.ADMIN: _DESK | Right.KEEP_STAFF,
    Role.OWNER: Right.READ_LOG | Right.HEAR | Right.APPEAL | Right.KEEP_ACCOUNT | Right.ACCEPT | Right.KEEP_USERS,
    Role.DEVELOPER: Right.READ_LOG | Right.HEAR | Right.APPEAL | Right.KEEP_ACCOUNT,
    Role.VIEWER: Right.READ_LOG,
}


def may(right: Right) -> str:
    """Which roles have a right, in words: "an officer or an admin"."""
    named = [f"{'an' if role[0] in 'aeiou' else 'a'} {role}" for role in Role if right in role.rights]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
