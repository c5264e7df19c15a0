"""A2P registration: brands, and the campaigns of a messaging service.

No registry can be reached from here, so nothing is approved by itself: a brand waits as PENDING and a campaign as
IN_PROGRESS until the operator has filed it and imports the answer. What can be seen to be wrong is said at once: a
campaign that can't pass in any registry is FAILED with the reasons SDK users know (30883 to 30898).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Form, Request, Route, is_sid, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.api.rest.services import need
from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput, NotFound
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, campaigns

#: Use case of The Campaign Registry -> what it is for, and how many samples a campaign shows.
USE_CASES = {
    "2FA": "One-time passwords and verification",
    "ACCOUNT_NOTIFICATION": "Notices about an account",
    "CUSTOMER_CARE": "Answers of a support desk",
    "DELIVERY_NOTIFICATION": "The state of a delivery",
    "EMERGENCY": "Alerts of public safety",
    "FRAUD_ALERT": "Warnings about an account's misuse",
    "HIGHER_EDUCATION": "Messages of a university",
    "LOW_VOLUME": "Several uses, few messages",
    "MARKETING": "Advertising",
    "MIXED": "Several uses",
    "POLLING_VOTING": "Surveys",
    "PUBLIC_SERVICE_ANNOUNCEMENT": "Public information",
    "SECURITY_ALERT": "Warnings about a system",
}
_BRAND_SETTLED: settled.Settled = {
    "Mock": ("false", "test credentials try things out without sending"),
    "SkipAutomaticSecVet": ("true", "no vetting is bought here; the operator decides"),
}


# --- brands ---------------------------------------------------------------------------------------------------------


def _brand(row: Any, request: Request) -> dict[str, Any]:
    url = f"{request.base}/v1/a2p/BrandRegistrations/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "customer_profile_bundle_sid": row.attrs.get("customer_profile"),
        "a2p_profile_bundle_sid": row.attrs.get("a2p_profile"),
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "brand_type": row.attrs.get("brand_type", "STANDARD"),
        "status": row.status,
        "tcr_id": row.attrs.get("tcr_id"),
        "failure_reason": row.attrs.get("failure_reason"),
        "errors": [],
        "url": url,
        "brand_score": None,
        "brand_feedback": [],
        "identity_status": "VERIFIED" if row.status == "APPROVED" else "SELF_DECLARED",
        "russell_3000": None,
        "government_entity": None,
        "tax_exempt_status": None,
        "skip_automatic_sec_vet": True,
        "mock": False,
        "links": {},
    }


async def create_brand(request: Request, house: House) -> Answer:
    """File a brand: it bears the account's name, and waits for the operator."""
    form, now = request.form, house.clock.now()
    settled.check(form, _BRAND_SETTLED)
    attrs = {
        "customer_profile": _bundle(form, "CustomerProfileBundleSid"),
        "a2p_profile": _bundle(form, "A2PProfileBundleSid"),
        "brand_type": form.one_of("BrandType", ("STANDARD", "SOLE_PROPRIETOR")) or "STANDARD",
    }

    def make(connection: Connection) -> Row[Any]:
        account = accounts.find(connection, request.account)
        name = (account.brand or account.friendly_name) if account else ""
        values = {"name": name, "status": "PENDING", "attrs": attrs}
        return campaigns.create_brand(connection, request.account, new_sid("BN"), now, values)

    return Answer(201, _brand(await house.database.write(make), request))


def _bundle(form: Form, name: str) -> str:
    sid = form.need(name)
    if not is_sid(sid, "BU"):
        raise BadInput(f"'{name}' is the SID of a bundle, BU and 32 hex digits.", field=name)
    return sid


async def read_brands(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    sheet = await house.database.read(lambda c: campaigns.brands_of(c, request.account, part))
    return page_v1(request, asked, "data", sheet, lambda row: _brand(row, request))


async def fetch_brand(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: campaigns.find_brand(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested brand was not found")
    return Answer(200, _brand(row, request))


async def resubmit_brand(request: Request, house: House) -> Answer:
    """File a brand that failed once more."""
    now, sid = house.clock.now(), request.parts["sid"]
    row = await house.database.write(lambda c: campaigns.resubmit_brand(c, request.account, sid, now))
    if row is None:
        raise NotFound("The requested brand was not found")
    return Answer(202, _brand(row, request))


# --- campaigns ------------------------------------------------------------------------------------------------------

_TEXTS = {
    "Description": "description",
    "MessageFlow": "message_flow",
    "OptInMessage": "opt_in_message",
    "OptOutMessage": "opt_out_message",
    "HelpMessage": "help_message",
    "PrivacyPolicyUrl": "privacy_policy_url",
    "TermsAndConditionsUrl": "terms_and_conditions_url",
}
_LISTS = {
    "MessageSamples": "message_samples",
    "OptInKeywords": "opt_in_keywords",
    "OptOutKeywords": "opt_out_keywords",
    "HelpKeywords": "help_keywords",
}
_FLAGS = {
    "HasEmbeddedLinks": "embedded_links",
    "HasEmbeddedPhone": "embedded_phones",
    "AgeGated": "age_gated",
    "DirectLending": "direct_lending",
}
_MUST = ("Description", "MessageFlow", "MessageSamples", "HasEmbeddedLinks", "HasEmbeddedPhone")
_CREATE = frozenset({"BrandRegistrationSid", "UsAppToPersonUsecase", "SubscriberOptIn", *_TEXTS, *_LISTS, *_FLAGS})
_UPDATE = frozenset({*_MUST, "AgeGated", "DirectLending", "PrivacyPolicyUrl", "TermsAndConditionsUrl"})


def _campaign(row: Any, request: Request) -> dict[str, Any]:
    attrs = row.attrs
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "brand_registration_sid": row.brand,
        "messaging_service_sid": row.service,
        **{name: attrs.get(name) for name in _TEXTS.values()},
        **{name: attrs.get(name, []) for name in _LISTS.values()},
        "us_app_to_person_usecase": row.use_case,
        "has_embedded_links": row.embedded_links,
        "has_embedded_phone": row.embedded_phones,
        "subscriber_opt_in": attrs.get("subscriber_opt_in", False),
        "age_gated": row.age_gated,
        "direct_lending": row.direct_lending,
        "campaign_status": row.status,
        "campaign_id": attrs.get("campaign_id"),
        "is_externally_registered": False,
        "rate_limits": None,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": f"{request.base}/v1/Services/{row.service}/Compliance/Usa2p/{row.sid}",
        "mock": False,
        "errors": attrs.get("errors", []),
    }


def _filed(form: Form, house: House) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns and attributes that a form sets. Raises `BadInput`."""
    for name in _MUST:
        form.need(name)
    attrs: dict[str, Any] = {column: form.text(name, 4096) for name, column in _TEXTS.items() if form.get(name)}
    attrs |= {column: form.all(name) for name, column in _LISTS.items() if form.get(name)}
    for name in ("PrivacyPolicyUrl", "TermsAndConditionsUrl"):
        if form.get(name):
            check_url(form.need(name), field=name, allow_private=house.settings.allow_private)
    flags = {column: form.flag(name) for name, column in _FLAGS.items()}
    return {column: value for column, value in flags.items() if value is not None}, attrs


def review(attrs: dict[str, Any], *, links: bool) -> list[dict[str, Any]]:
    """What is wrong with a campaign's form, in the words of `errors[]`; nothing: it may go to the registry."""
    samples = attrs.get("message_samples", [])
    found = [
        (30886, "DESCRIPTION", "the description has 40 characters at least", len(attrs["description"]) < 40),
        (30891, "MESSAGE_FLOW", "the flow says in 40 characters or more how people opt in",
         len(attrs["message_flow"]) < 40),
        (30892, "MESSAGE_SAMPLES", "there are 2 to 5 samples, each of 20 to 1024 characters",
         not 2 <= len(samples) <= 5 or any(not 20 <= len(sample) <= 1024 for sample in samples)),
        (30893, "MESSAGE_SAMPLES", "a sample shows a link, and the campaign says that it has none",
         not links and any("://" in sample for sample in samples)),
        (30894, "OPT_OUT_KEYWORDS", "STOP is among the opt-out keywords",
         "opt_out_keywords" in attrs and "STOP" not in {word.upper() for word in attrs["opt_out_keywords"]}),
    ]  # fmt: skip
    return [
        {"error_code": code, "fields": [field], "description": text, "url": f"/docs/errors/{code}"}
        for code, field, text, wrong in found
        if wrong
    ]


async def create(request: Request, house: House) -> Answer:
    """File a campaign for a messaging service."""
    form, now = request.form, house.clock.now()
    brand, use_case = form.need("BrandRegistrationSid"), form.need("UsAppToPersonUsecase")
    form.one_of("UsAppToPersonUsecase", tuple(USE_CASES))
    flags, attrs = _filed(form, house)
    attrs["subscriber_opt_in"] = form.flag("SubscriberOptIn") or False
    attrs["errors"] = review(attrs, links=flags["embedded_links"])
    status = "FAILED" if attrs["errors"] else "IN_PROGRESS"

    def make(connection: Connection) -> Row[Any]:
        service, filed = need(connection, request), campaigns.find_brand(connection, request.account, brand)
        if filed is None or filed.status in {"FAILED", "SUSPENDED"}:
            raise BadInput(
                f"The brand {brand[:34]} is not one of this account's in good standing.", field="BrandRegistrationSid"
            )
        values = {"brand": brand, "service": service.sid, "use_case": use_case, "status": status, "attrs": attrs}
        return campaigns.create(connection, request.account, new_sid("QE"), now, values | flags)

    return Answer(201, _campaign(await house.database.write(make), request))


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> Any:
        return campaigns.of_service(connection, request.account, need(connection, request).sid, part)

    return page_v1(request, asked, "compliance", await house.database.read(look), lambda row: _campaign(row, request))


async def fetch(request: Request, house: House) -> Answer:
    parts = request.parts
    return Answer(200, _campaign(await house.database.read(lambda c: _need(c, request.account, parts)), request))


def _need(connection: Connection, account: str, parts: dict[str, str]) -> Row[Any]:
    row = campaigns.find(connection, account, parts["service"], parts["sid"])
    if row is None:
        raise NotFound("The requested campaign was not found")
    return row


async def update(request: Request, house: House) -> Answer:
    """Change a campaign; it is reviewed anew."""
    now, parts = house.clock.now(), request.parts
    flags, attrs = _filed(request.form, house)

    def change(connection: Connection) -> Row[Any] | None:
        row = _need(connection, request.account, parts)
        whole = {**row.attrs, **attrs}
        whole["errors"] = review(whole, links=flags["embedded_links"])
        status = "FAILED" if whole["errors"] else "IN_PROGRESS"
        values = {"attrs": whole, "status": status, **flags}
        return campaigns.change(connection, request.account, parts["service"], parts["sid"], now, values)

    return Answer(200, _campaign(await house.database.write(change), request))


async def delete(request: Request, house: House) -> Answer:
    parts = request.parts
    if not await house.database.write(lambda c: campaigns.remove(c, request.account, parts["service"], parts["sid"])):
        raise NotFound("The requested campaign was not found")
    return Answer(204)


async def use_cases(request: Request, house: House) -> Answer:
    """What a campaign can be for."""
    await house.database.read(lambda c: need(c, request))
    return Answer(
        200,
        {
            "us_app_to_person_usecases": [
                {"code": code, "name": text, "description": text, "post_approval_required": False}
                for code, text in USE_CASES.items()
            ]
        },
    )


_P = "messaging"
_BRANDS, _BRAND_ONE = "/v1/a2p/BrandRegistrations", "/v1/a2p/BrandRegistrations/{sid}"
_EVERY = "/v1/Services/{service}/Compliance/Usa2p"
_BRAND_FIELDS = frozenset({"CustomerProfileBundleSid", "A2PProfileBundleSid", "BrandType", *_BRAND_SETTLED})
_ONE = f"{_EVERY}/{{sid}}"

ROUTES = (
    Route(product=_P, method="POST", path=_BRANDS, endpoint=create_brand, fields=_BRAND_FIELDS),
    Route(product=_P, method="GET", path=_BRANDS, endpoint=read_brands, pages=True),
    Route(product=_P, method="GET", path=_BRAND_ONE, endpoint=fetch_brand),
    Route(product=_P, method="POST", path=_BRAND_ONE, endpoint=resubmit_brand),
    Route(product=_P, method="GET", path=f"{_EVERY}/Usecases", endpoint=use_cases),
    Route(product=_P, method="POST", path=_EVERY, endpoint=create, fields=_CREATE),
    Route(product=_P, method="GET", path=_EVERY, endpoint=read, pages=True),
    Route(product=_P, method="GET", path=_ONE, endpoint=fetch),
    Route(product=_P, method="POST", path=_ONE, endpoint=update, fields=_UPDATE),
    Route(product=_P, method="DELETE", path=_ONE, endpoint=delete),
)
