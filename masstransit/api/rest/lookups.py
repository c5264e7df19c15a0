"""Lookups: what a number tells by itself. What only a carrier or registry knows is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from masstransit.api.dialect import Answer, Request, Route
from masstransit.api.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.facts.law import place_of
from masstransit.model.address import e164

_TYPES = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "tollFree",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "sharedCost",
    PhoneNumberType.VOIP: "nonFixedVoip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_FAULTS = {
    ValidationResult.TOO_SHORT: "TOO_SHORT",
    ValidationResult.TOO_LONG: "TOO_LONG",
    ValidationResult.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
    ValidationResult.INVALID_LENGTH: "INVALID_LENGTH",
}
_FIELDS = ("validation", "line_type_intelligence")
_NO_COVERAGE = 60600  # the code that SDK users know for data that cannot be had
#: field -> what it would tell if there were a source for it
_SOURCELESS: Mapping[str, tuple[str, ...]] = {
    "caller_name": ("caller_name", "caller_type"),
    "sim_swap": ("last_sim_swap", "carrier_name", "mobile_country_code", "mobile_network_code"),
    "call_forwarding": ("call_forwarding_enabled",),
    "line_status": ("status",),
    "identity_match": (
        "first_name_match", "last_name_match", "address_lines_match", "city_match", "state_match",
        "postal_code_match", "address_country_match", "national_id_match", "date_of_birth_match", "summary_score",
        "error_message",
    ),
    "reassigned_number": ("last_verified_date", "is_number_reassigned"),
    "sms_pumping_risk": (
        "carrier_risk_category", "number_blocked", "number_blocked_date", "number_blocked_last_3_months",
        "sms_pumping_risk_score",
    ),
}  # fmt: skip
_UNSHAPED = ("phone_number_quality_score", "pre_fill")
_REFUSED = dict.fromkeys(
    (
        "FirstName", "LastName", "AddressLine1", "AddressLine2", "City", "State", "PostalCode", "AddressCountryCode",
        "NationalId", "DateOfBirth", "LastVerifiedDate", "VerificationSid", "PartnerSubId",
    ),
    "there is no source here that it could be compared with",
)  # fmt: skip


async def fetch(request: Request, house: House) -> Answer:
    """What is known of a number: form, country, type of line, and the time zones it may be in."""
    written, country = request.parts["number"], request.query.get("CountryCode")
    asked = _asked(request.query.get("Fields") or "")
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput(f"'{country[:8]}' is not the ISO code of a country.", field="CountryCode")
    try:
        number = phonenumbers.parse(written if country else f"+{written.removeprefix('+')}", country)
    except phonenumbers.NumberParseException as wrong:
        raise NotFound(f"{written[:32]} is not a phone number") from wrong
    return Answer(200, _shown(request, number, asked))


def _asked(fields: str) -> set[str]:
    asked = {name.strip() for name in fields.split(",") if name.strip()}
    for name in sorted(asked - set(_FIELDS)):
        why = "no source here knows it" if name in {*_SOURCELESS, *_UNSHAPED} else f"it is one of {', '.join(_FIELDS)}"
        raise BadInput(f"The field '{name[:40]}' of 'Fields' is refused: {why}.", field="Fields")
    return asked


def _shown(request: Request, number: phonenumbers.PhoneNumber, asked: set[str]) -> dict[str, Any]:
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    valid = phonenumbers.is_valid_number(number)
    fault = _FAULTS.get(phonenumbers.is_possible_number_with_reason(number), "INVALID_BUT_POSSIBLE")
    return {
        "calling_country_code": str(number.country_code),
        "country_code": phonenumbers.region_code_for_number(number),
        "phone_number": text,
        "national_format": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
        "valid": valid,
        "validation_errors": [] if valid else [fault],
        **{name: _untold(name, inner) for name, inner in _SOURCELESS.items()},
        **dict.fromkeys(_UNSHAPED),
        "line_type_intelligence": _line(number, asked="line_type_intelligence" in asked),
        "time_zones": list(place_of(e164(text)).zones) if valid else [],
        "url": f"{request.base}/v2/PhoneNumbers/{text}",
    }


def _untold(name: str, inner: tuple[str, ...]) -> dict[str, Any]:
    """The shape of what nobody here knows."""
    code: int | str = str(_NO_COVERAGE) if name == "reassigned_number" else _NO_COVERAGE
    return {**dict.fromkeys(inner), "error_code": code}


def _line(number: phonenumbers.PhoneNumber, *, asked: bool) -> dict[str, Any]:
    """By the numbering plan; in North America landlines and mobiles share it, and the type is not told."""
    return {
        "mobile_country_code": None,
        "mobile_network_code": None,
        "carrier_name": None,
        "type": _TYPES.get(phonenumbers.number_type(number)) if asked else None,
        "error_code": None,
    }


ROUTES = (
    Route(
        product="lookups",
        method="GET",
        path="/v2/PhoneNumbers/{number}",
        endpoint=fetch,
        fields=frozenset({"Fields", "CountryCode"}),
        wants="lookup",
        refused=_REFUSED,
    ),
)
