"""Signing in: a password with a second factor (TOTP, RFC 6238), or a passkey; and keeping one's own.

    GET  POST  /signin                      login and password
    POST       /signin/passkey/begin        JSON: what the browser asks its passkeys
    POST       /signin/passkey              the passkey that was shown
    GET  POST  /signin/second               the code of an authenticator, or a recovery code
    POST       /signout
    GET        /security                    one's own second factors and sessions
    GET  POST  /security/password
    POST       /security/totp               a new secret is shown
    POST       /security/totp/prove         and counts once a code has proven it
    POST       /security/passkey/begin      JSON
    POST       /security/passkey            keep it
    POST       /security/passkey/forget
    POST       /security/sessions           end one's other sessions

Failed logins are knocks at the gate (clause 2), and shut a login for a while that was guessed at.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool

from masstransit.console import passkeys
from masstransit.console.acting import act as did
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Told, Went, act, page
from masstransit.console.door import ANYBODY, SESSION
from masstransit.console.house import House
from masstransit.console.passkeys import Passkeys
from masstransit.errors import BadInput, Denied, NotFound
from masstransit.model.communication import Knock
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.model.user import Role
from masstransit.storage import users

_FREE_TRIES, _SHUT_FOR, _SHUT_AT_MOST = 5, timedelta(seconds=10), timedelta(minutes=15)  # defaults
_SHORTEST = 12  # characters of a password (NIST SP 800-63B-4: 15 alone, 8 with a second factor)
_LONGEST = 256
_RECOVERY_CODES = 8
_STEP = 30  # seconds of RFC 6238
_WRONG = "That login and password don't go together."
_NOBODY = "scrypt$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


async def signin(house: House, asked: Asked) -> Answer:
    """The form."""
    if asked.visitor is not None and asked.visitor.proven:
        return Went(_home(asked.visitor.role))
    return _form(asked)


def _form(asked: Asked, wrong: str = "", status: int = 200) -> Shown:
    values = {
        "wrong": wrong,
        "login": asked.form.get("login"),
        "next": _inside(asked.query.get("next") or asked.form.get("next")),
        "passkeys": passkeys.possible(asked.origin),
    }
    return Shown("signin.html", values, status)


async def check_password(house: House, asked: Asked) -> Answer:
    """A login and its password."""
    login, password = asked.form.get("login")[:254], asked.form.get("password")[:_LONGEST]
    user = await house.database.read(lambda connection: users.find(connection, login))
    if user is not None and user.shut_until is not None and asked.now < user.shut_until:
        return _form(asked, "This login was guessed at and is shut for a while. Try again later.", 429)
    kept = user.password_hash if user is not None else _NOBODY  # who is unknown takes as long
    right = await run_in_threadpool(house.keys.password_matches, password, kept)
    proven = right and user is not None and user.disabled_at is None
    if not await _admitted(house, asked, user.account if user is not None else "", login, proven=proven):
        return _form(asked, "Too many logins failed from where you are. Try again later.", 429)
    if user is None or not proven:
        if user is not None:
            await house.database.write(lambda connection: _failed(connection, user, asked.now))
        return _form(asked, _WRONG, 401)
    needs = await _needs_second(house, user)
    cookie = await _opened(house, asked, user, proven=not needs)
    to = _inside(asked.form.get("next")) or _home(Role(user.role))
    return Went(f"/signin/second?next={to}" if needs else to, cookies={SESSION: cookie})


async def _admitted(house: House, asked: Asked, account: str, login: str, *, proven: bool) -> bool:
    """The gate's word about the knock (clause 2)."""
    decision = await house.exchange.admit(
        Knock(
            id=new_sid("KN"),
            account=account,
            at=asked.now,
            door="console",
            principal=login[:64],
            source=asked.source,
            wants="login",
            proven=proven,
        )
    )
    return not (decision.verdict is Verdict.DELAY or (decision.verdict > Verdict.FLAG and proven))


def _failed(connection: Connection, user: Row[Any], now: datetime) -> None:
    failed = user.failed + 1
    over = failed - _FREE_TRIES
    shut = now + min(_SHUT_FOR * 2 ** min(over, 10), _SHUT_AT_MOST) if over >= 0 else None
    users.change(connection, user.account, user.user, {"failed": failed, "shut_until": shut})


async def _needs_second(house: House, user: Row[Any]) -> bool:
    """Whether a password alone is not enough: there is a second factor, or the desk's people need one."""
    has = user.totp_sealed is not None or await _passkeys(house, user)
    return bool(has) or (house.settings.second_factor and Role(user.role).of_desk)


async def _passkeys(house: House, user: Row[Any]) -> Sequence[Row[Any]]:
    return await house.database.read(lambda c: users.passkeys_of(c, user.account, user.user))


async def _opened(house: House, asked: Asked, user: Row[Any], *, proven: bool) -> str:
    """Begin a session in place of the one that there was; its token."""
    token = secrets.token_urlsafe(32)
    row = {
        "account": user.account,
        "token_hash": house.keys.token_hash(token),
        "user": user.user,
        "csrf": secrets.token_urlsafe(24),
        "proven": proven,
        "started_at": asked.now,
        "seen_at": asked.now,
    }

    def keep(connection: Connection) -> None:
        if asked.visitor is not None:
            users.end_session(connection, asked.visitor.token_hash)
        users.open_session(connection, row)
        users.change(connection, user.account, user.user, {"failed": 0, "shut_until": None})
        told = {"user": user.user, "second_factor": proven, "source": asked.source}
        house.ledger.record(connection, user.account, "sign-in", user.user, told, asked.now)

    await house.database.write(keep)
    return token


def _home(role: Role) -> str:
    return "/desk" if role.of_desk else "/account"


def _inside(path: str) -> str:
    """A path of ours, or nothing: nobody is sent elsewhere by a link to our sign-in."""
    parts = urlsplit(path)
    ours = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if ours and "\\" not in path and path.isprintable() else ""


# --- by passkey -----------------------------------------------------------------------------------------------------


async def begin_passkey(house: House, asked: Asked) -> Answer:
    """What the browser asks its passkeys."""
    options, sealed = Passkeys(house.keys, asked.origin, asked.now).to_open()
    return Told(options, {passkeys.COOKIE: sealed})


async def show_passkey(house: House, asked: Asked) -> Answer:
    """A passkey that was shown: it is both factors."""
    answer = _json(asked)
    name = str(answer.get("id", ""))[:512]
    kept = await house.database.read(lambda connection: users.passkey(connection, name))
    user = kept and await house.database.read(lambda c: users.get(c, kept.account, kept.user))
    if kept is None or user is None or user.disabled_at is not None:
        await _admitted(house, asked, "", "passkey", proven=False)
        return _form(asked, "This passkey is not known here. Sign in by password.", 401)
    Passkeys(house.keys, asked.origin, asked.now).check(kept, asked.cookies.get(passkeys.COOKIE, ""), answer)
    if not await _admitted(house, asked, user.account, user.login, proven=True):
        return _form(asked, "Too many logins failed from where you are. Try again later.", 429)
    cookie = await _opened(house, asked, user, proven=True)
    to = _inside(asked.form.get("next")) or _home(Role(user.role))
    return Went(to, cookies={SESSION: cookie, passkeys.COOKIE: ""})


def _json(asked: Asked) -> Mapping[str, Any]:
    """What the script put into a form. Raises `BadInput`."""
    try:
        told = msgspec.json.decode(asked.form.get("answer"))
    except msgspec.DecodeError as wrong:
        raise BadInput("the browser's answer can't be read: begin again") from wrong
    if not isinstance(told, dict):
        raise BadInput("the browser's answer can't be read: begin again")
    return told


# --- the second factor ------------------------------------------------------------------------------------------------


async def second(house: House, asked: Asked) -> Answer:
    """The form for a code; without a second factor one is set up first."""
    who = asked.who
    if who.proven:
        return Went(_home(who.role))
    user = await _me(house, asked)
    if user.totp_sealed is None and not await _passkeys(house, user):
        return Went("/security", "The desk's people need a second factor. Set one up here.")
    return Shown("second.html", {"wrong": "", "next": _inside(asked.query.get("next")), "totp": user.totp_sealed})


async def check_second(house: House, asked: Asked) -> Answer:
    """A code of the authenticator, or a recovery code; each opens once."""
    user, code = await _me(house, asked), asked.form.get("code").replace(" ", "")
    if user.shut_until is not None and asked.now < user.shut_until:
        raise Denied("this login was guessed at and is shut for a while: try again later")

    def check(connection: Connection) -> bool:
        right = _takes_code(connection, house, user, code, asked.now) or _takes_recovery(connection, house, user, code)
        if right:
            users.change_session(connection, asked.who.token_hash, {"proven": True})
            users.change(connection, user.account, user.user, {"failed": 0, "shut_until": None})
        else:
            _failed(connection, user, asked.now)
        return right

    to = _inside(asked.form.get("next"))
    if not await house.database.write(check):
        values = {"wrong": "That code does not open.", "next": to, "totp": True}
        return Shown("second.html", values, 401)
    return Went(to or _home(asked.who.role))


def _takes_code(connection: Connection, house: House, user: Row[Any], code: str, now: datetime) -> bool:
    """Whether a code of the authenticator opens: of this half minute or one beside it, and never twice."""
    if user.totp_sealed is None or not code.isdigit():
        return False
    step = _step_of(house.keys.unseal(user.totp_sealed).decode(), code, now)
    return step is not None and users.opened_by(connection, user.account, user.user, step)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step of which a code is."""
    made, here = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    return next(
        (step for step in (here, here - 1, here + 1) if secrets.compare_digest(made.at(step * _STEP), code)), None
    )


def _takes_recovery(connection: Connection, house: House, user: Row[Any], code: str) -> bool:
    left = [kept for kept in user.recovery if not house.keys.matches(code.lower(), kept)]
    if len(left) == len(user.recovery):
        return False
    users.change(connection, user.account, user.user, {"recovery": left})
    return True


async def signout(house: House, asked: Asked) -> Answer:
    """End the session."""
    await house.database.write(lambda connection: users.end_session(connection, asked.who.token_hash))
    return Went("/signin", "You are signed out.", {SESSION: ""})


# --- one's own ------------------------------------------------------------------------------------------------------


async def _me(house: House, asked: Asked) -> Row[Any]:
    who = asked.who
    user = await house.database.read(lambda connection: users.get(connection, who.account, who.user))
    if user is None:
        raise NotFound("you are not on record any more")
    return user


async def security(house: House, asked: Asked) -> Answer:
    """One's own second factors."""
    return await _security(house, asked)


async def _security(house: House, asked: Asked, codes: Sequence[str] = ()) -> Shown:
    user = await _me(house, asked)
    known = await _passkeys(house, user)
    values = {
        "user": user,
        "keys": known,
        "passkeys": passkeys.possible(asked.origin),
        "codes": codes,
        "may_change": _may_change(asked, user, known),
    }
    return Shown("security.html", values)


def _may_change(asked: Asked, user: Row[Any], known: Sequence[Row[Any]]) -> bool:
    """Whether second factors may be changed: by who has shown one, or has none yet."""
    return asked.who.proven or (user.totp_sealed is None and not known)


def _picture(secret: str, login: str) -> Markup:
    """The secret as a QR code (the key URI that authenticators read)."""
    told = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="MassTransit")
    made = segno.make(told, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff", title="QR code")
    return Markup(made)  # noqa: S704 - made by the library from what we gave it


async def _changeable(house: House, asked: Asked) -> Row[Any]:
    """The visitor, who may change second factors. Raises `Denied`."""
    user = await _me(house, asked)
    if not _may_change(asked, user, await _passkeys(house, user)):
        raise Denied("show your second factor first")
    return user


async def set_up_totp(house: House, asked: Asked) -> Answer:
    """A new secret, shown as a picture and as text; it counts once a code has proven it."""
    user, secret = await _changeable(house, asked), pyotp.random_base32()
    values = {
        "secret": secret,
        "picture": _picture(secret, user.login),
        "sealed": house.keys.seal(f"{user.user} {secret}".encode()).hex(),
    }
    return Shown("totp.html", values)


async def prove_totp(house: House, asked: Asked) -> Answer:
    """The code that proves a new secret; recovery codes are shown once."""
    user, sealed = await _changeable(house, asked), asked.form.get("sealed")
    code = asked.form.get("code").replace(" ", "")
    try:
        whose, _, secret = house.keys.unseal(bytes.fromhex(sealed)).decode().partition(" ")
    except Exception as wrong:
        raise BadInput("this secret was not made here: begin again") from wrong
    step = _step_of(secret, code, asked.now) if whose == user.user else None
    if step is None:
        raise BadInput("that code does not fit the secret: is the clock of your device right? Go back and try another")
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(_RECOVERY_CODES)]
    values = {
        "totp_sealed": house.keys.seal(secret.encode()),
        "totp_step": step,
        "recovery": [house.keys.token_hash(each) for each in codes],
    }

    def keep(connection: Connection) -> None:
        users.change(connection, user.account, user.user, values)
        users.change_session(connection, asked.who.token_hash, {"proven": True})
        users.end_sessions(connection, user.account, user.user, but=asked.who.token_hash)

    await did(house, asked, "second-factor", user.user, keep)
    return await _security(house, asked, codes=codes)


async def begin_own_passkey(house: House, asked: Asked) -> Answer:
    """What the browser is asked so that it makes a passkey."""
    user = await _changeable(house, asked)
    known = await _passkeys(house, user)
    options, sealed = Passkeys(house.keys, asked.origin, asked.now).to_make(user, known)
    return Told(options, {passkeys.COOKIE: sealed})


async def keep_passkey(house: House, asked: Asked) -> Answer:
    """Keep the passkey that the browser made."""
    user = await _changeable(house, asked)
    sealed = asked.cookies.get(passkeys.COOKIE, "")
    name, public = Passkeys(house.keys, asked.origin, asked.now).made(user.user, sealed, _json(asked))
    row = {
        "account": user.account,
        "user": user.user,
        "passkey": name,
        "name": asked.form.get("name")[:64] or "Passkey",
        "public": public,
        "created_at": asked.now,
    }

    def keep(connection: Connection) -> None:
        users.add_passkey(connection, row)
        users.change_session(connection, asked.who.token_hash, {"proven": True})

    await did(house, asked, "passkey", user.user, keep, told={"name": row["name"]})
    return Went("/security", "The passkey is kept: it opens these pages alone.", {passkeys.COOKIE: ""})


async def forget_passkey(house: House, asked: Asked) -> Answer:
    """Forget one of one's passkeys."""
    user, name = await _changeable(house, asked), asked.form.need("passkey")

    def keep(connection: Connection) -> None:
        users.drop_passkey(connection, user.account, user.user, name)

    await did(house, asked, "passkey-forgotten", user.user, keep)
    return Went("/security", "The passkey is forgotten.")


async def password(house: House, asked: Asked) -> Answer:
    """The form for a new password."""
    return Shown("password.html", {"wrong": ""})


async def change_password(house: House, asked: Asked) -> Answer:
    """A new password for the old one; every other session ends."""
    user = await _me(house, asked)
    old, new = asked.form.get("old")[:_LONGEST], asked.form.get("new")
    if not await run_in_threadpool(house.keys.password_matches, old, user.password_hash):
        return Shown("password.html", {"wrong": "That is not your password now."}, 400)
    if wrong := unfit(new, user.login, old):
        return Shown("password.html", {"wrong": wrong}, 400)
    hashed = await run_in_threadpool(house.keys.password_hash, new)

    def keep(connection: Connection) -> None:
        users.change(connection, user.account, user.user, {"password_hash": hashed, "must_change": False})
        users.end_sessions(connection, user.account, user.user, but=asked.who.token_hash)
        note(connection, house, asked, "password", user.user)

    await house.database.write(keep)
    return Went("/security", "The password is changed, and your other sessions are ended.")


def unfit(new: str, login: str, old: str = "") -> str:
    """Why a password can't be one, in a sentence; "": it can."""
    if len(new) < _SHORTEST:
        return f"A password has {_SHORTEST} characters at least; a sentence is a good one."
    if len(new) > _LONGEST:
        return f"A password has {_LONGEST} characters at most."
    if new == old or login.partition("@")[0] in new.casefold() or len(set(new)) < 5:
        return "That is too near to your login, to your old password, or to nothing at all."
    return ""


async def end_others(house: House, asked: Asked) -> Answer:
    """End one's sessions elsewhere."""
    who = asked.who

    def keep(connection: Connection) -> None:
        users.end_sessions(connection, who.account, who.user, but=who.token_hash)

    await did(house, asked, "sessions-ended", who.user, keep)
    return Went("/security", "Your other sessions are ended.")


PAGES: Sequence[Page] = (
    page("/signin", None, signin),
    act("/signin", None, check_password),
    act("/signin/passkey/begin", None, begin_passkey),
    act("/signin/passkey", None, show_passkey),
    page("/signin/second", ANYBODY, second, unproven=True),
    act("/signin/second", ANYBODY, check_second, unproven=True),
    act("/signout", ANYBODY, signout, unproven=True),
    page("/security", ANYBODY, security, unproven=True),
    page("/security/password", ANYBODY, password),
    act("/security/password", ANYBODY, change_password),
    act("/security/totp", ANYBODY, set_up_totp, unproven=True),
    act("/security/totp/prove", ANYBODY, prove_totp, unproven=True),
    act("/security/passkey/begin", ANYBODY, begin_own_passkey, unproven=True),
    act("/security/passkey", ANYBODY, keep_passkey, unproven=True),
    act("/security/passkey/forget", ANYBODY, forget_passkey, unproven=True),
    act("/security/sessions", ANYBODY, end_others),
)
