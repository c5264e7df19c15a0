"""Every field of every operation that is served acts, which a test shows, or is refused by name.

`SHOWN` names the test for each field that acts. Which fields there are is taken from the routes themselves, and from
the vendor's contract where it is here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from masstransit.api.dialect import PAGING, Route
from masstransit.api.rest import ROUTES
from tests.api.conformance import spec
from tests.api.house import Door, snake
from tests.api.operations import shape
from tests.api.test_conformance import SPECS, is_ours

#: Where the test is -> its name -> the fields that it shows.
SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "test_accounts": {
        "test_a_subaccount_is_opened_listed_suspended_and_closed": ("FriendlyName", "Status"),
        "test_a_key_is_named_and_renamed": ("FriendlyName",),
    },
    "test_messages": {
        "test_the_sdk_sends_fetches_cancels_redacts_and_deletes": ("To", "From", "Body", "Status"),
        "test_the_sdk_lists_page_by_page": ("To", "From", "DateSent", "DateSent<", "DateSent>"),
        "test_a_service_sends_from_its_pool_and_schedules": ("MessagingServiceSid", "SendAt", "ScheduleType"),
        "test_fields_reach_the_gate": ("StatusCallback", "ValidityPeriod", "Purpose", "EndUser"),
        "test_smart_encoding_saves_segments": ("SmartEncoded",),
        "test_an_obfuscated_recipient_is_masked_once_the_message_has_ended": ("AddressRetention",),
        "test_a_price_that_may_be_paid_reaches_carriage_and_what_was_paid_is_shown": ("MaxPrice",),
        "test_a_place_goes_out_as_a_line_that_phones_make_tappable": ("PersistentAction",),
        "test_feedback_is_kept_beside_the_message": ("Outcome",),
    },
    "test_caller_ids": {
        "test_the_sdk_lists_fetches_renames_and_deletes_caller_ids": ("PhoneNumber", "FriendlyName"),
        "test_the_sdk_asks_and_the_code_that_came_by_text_proves_the_number": ("PhoneNumber", "FriendlyName"),
        "test_the_customers_server_hears_that_it_is_proven": ("StatusCallback", "StatusCallbackMethod"),
        "test_where_calls_are_made_the_sdk_is_told_a_code_and_the_number_rings": ("CallDelay", "Extension", "Channel"),
    },
    "test_calls": {
        "test_how_a_call_is_made_reaches_the_line": (
            "To", "From", "Url", "Method", "FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackEvent",
            "StatusCallbackMethod", "Timeout", "TimeLimit", "SendDigits", "MachineDetection",
            "MachineDetectionTimeout", "MachineDetectionSpeechThreshold", "MachineDetectionSpeechEndThreshold",
            "MachineDetectionSilenceTimeout", "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod",
            "Purpose", "Voice",
            "EndUser", "Record", "RecordingChannels", "RecordingStatusCallback", "RecordingStatusCallbackEvent",
            "RecordingStatusCallbackMethod",
        ),
        "test_a_caller_id_is_shown_instead": ("CallerId",),
        "test_a_call_is_led_by_its_application": ("ApplicationSid",),
        "test_a_call_is_redirected": ("Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod"),
        "test_the_sdk_makes_fetches_ends_and_deletes_calls": ("Twiml", "Status"),
        "test_calls_are_listed_by_what_they_are": (
            "To", "From", "Status", "ParentCallSid", "StartTime", "StartTime<", "StartTime>", "EndTime", "EndTime<",
            "EndTime>",
        ),
    },
    "test_scheduled_calls": {
        "test_a_call_is_scheduled_rings_when_it_is_due_and_is_a_call_like_any_other": ("SendAt", "ScheduleType"),
        "test_another_document_leads_a_call_that_waits": ("Twiml", "Url", "Method"),
        "test_the_sdk_schedules_lists_takes_back_and_deletes": ("Status",),
    },
    "test_recordings": {
        "test_a_call_is_recorded_paused_stopped_heard_and_deleted": ("Status", "IncludeSoftDeleted"),
        "test_recordings_are_listed_by_call_and_day": (
            "CallSid", "DateCreated", "DateCreated<", "DateCreated>", "IncludeSoftDeleted",
        ),
        "test_its_channels_are_one_or_two": ("RecordingChannels", "RequestedChannels"),
        "test_a_basis_of_the_gdpr_reaches_the_gate": ("Basis",),
        "test_its_events_are_told_where_it_says": (
            "RecordingStatusCallback", "RecordingStatusCallbackEvent", "RecordingStatusCallbackMethod",
        ),
    },
    "test_conferences": {
        "test_conferences_are_listed_by_what_they_are": (
            "FriendlyName", "Status", "DateCreated", "DateCreated<", "DateCreated>", "DateUpdated", "DateUpdated<",
            "DateUpdated>",
        ),
        "test_everybody_hears_an_announcement_and_a_conference_is_ended": (
            "Status", "AnnounceUrl", "AnnounceMethod",
        ),
        "test_participants_are_listed_by_how_they_take_part": ("Muted", "Hold", "Coaching"),
        "test_a_participant_is_muted_held_announced_to_and_put_out": (
            "Muted", "Hold", "HoldUrl", "HoldMethod", "AnnounceUrl", "AnnounceMethod", "EndConferenceOnExit",
            "BeepOnExit",
        ),
        "test_who_coaches_is_heard_by_one_alone_where_the_gate_allows_it": ("Coaching", "CallSidToCoach"),
        "test_somebody_is_called_into_a_conference": (
            "To", "From", "Label", "Muted", "Beep", "StartConferenceOnEnter", "EndConferenceOnExit",
            "MaxParticipants", "ConferenceStatusCallback", "ConferenceStatusCallbackEvent",
            "ConferenceStatusCallbackMethod", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod",
            "Timeout", "TimeLimit",
        ),
        "test_who_is_called_in_can_have_the_conference_recorded": (
            "ConferenceRecord", "ConferenceTrim", "ConferenceRecordingStatusCallback",
            "ConferenceRecordingStatusCallbackEvent", "ConferenceRecordingStatusCallbackMethod",
        ),
        "test_recordings_of_a_conference_are_listed_paused_and_ended": ("ConferenceSid", "Status"),
        "test_a_coach_is_called_in_by_a_caller_id": ("CallerId", "Coaching", "CallSidToCoach"),
    },
    "test_contents": {
        "test_a_message_says_what_its_template_and_variables_say": ("ContentSid", "ContentVariables"),
    },
    "test_media": {
        "test_the_sdk_sends_lists_fetches_and_deletes_media": ("MediaUrl",),
        "test_media_are_listed_in_their_order_page_by_page_and_by_day": ("DateCreated", "DateCreated<", "DateCreated>"),
    },
    "test_mms": {
        "test_a_message_goes_as_mms_where_a_carrier_brings_it": ("SendAsMms",),
        "test_a_service_that_converts_nothing_sends_no_links": ("MmsConverter",),
    },
    "test_short_links": {
        "test_a_message_goes_out_with_short_links_and_is_judged_by_the_long_ones": ("ShortenUrls",),
    },
    "test_applications": {
        "test_the_sdk_makes_lists_renames_and_deletes_applications": ("FriendlyName",),
        "test_an_application_is_set_when_it_is_made_and_later": (
            "FriendlyName", "SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsStatusCallback", "MessageStatusCallback",
            "VoiceUrl", "VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod", "StatusCallback",
            "StatusCallbackMethod",
        ),
        "test_a_messages_statuses_are_told_where_its_application_says": ("ApplicationSid",),
        "test_what_people_write_goes_to_the_numbers_application": ("SmsApplicationSid",),
        "test_calls_to_a_number_are_led_by_its_application": ("VoiceApplicationSid",),
    },
    "test_behind_the_gate": {
        "test_a_message_that_was_tried_too_often_is_refused_for_good": ("Attempt",),
        "test_a_code_to_a_pumped_range_fails_afterwards_unless_its_check_was_waived": ("RiskCheck",),
        "test_a_message_whose_content_is_to_go_keeps_none_once_it_has_ended": ("ContentRetention",),
        "test_a_message_is_carried_for_at_most_its_max_price": ("MaxPrice",),
    },
    "test_services": {
        "test_a_setting_is_made_changed_and_shown": ("FriendlyName", "Usecase"),
        "test_messages_take_what_their_service_says": ("StatusCallback", "ValidityPeriod", "SmartEncoding"),
        "test_a_sticky_sender_stays_though_a_better_one_joins": ("StickySender",),
        "test_without_geomatch_the_area_code_does_not_count": ("AreaCodeGeomatch",),
        "test_an_answer_is_brought_where_the_service_or_its_number_says": (
            "InboundRequestUrl", "InboundMethod", "FallbackUrl", "UseInboundWebhookOnNumber", "SmsUrl", "SmsMethod",
            "SmsFallbackUrl",
        ),
        "test_a_number_is_in_one_service_at_a_time": ("PhoneNumberSid",),
        "test_a_short_code_and_a_name_serve_the_countries_that_carry_them": ("ShortCodeSid", "AlphaSender"),
    },
    "test_campaigns": {
        "test_a_brand_is_filed_under_its_profiles_and_waits": (
            "CustomerProfileBundleSid", "A2PProfileBundleSid", "BrandType",
        ),
        "test_what_a_campaign_says_of_itself_is_on_file": (
            "Description", "MessageFlow", "MessageSamples", "OptInMessage", "OptOutMessage", "HelpMessage",
            "PrivacyPolicyUrl", "TermsAndConditionsUrl", "OptInKeywords", "OptOutKeywords", "HelpKeywords",
            "HasEmbeddedLinks", "HasEmbeddedPhone", "AgeGated", "DirectLending", "SubscriberOptIn",
            "UsAppToPersonUsecase",
        ),
    },
    "test_tenants": {"test_what_is_anothers_can_not_be_put_into_ones_own": ("BrandRegistrationSid",)},
    "test_numbers": {
        "test_numbers_for_sale_are_found_by_what_they_are": (
            "AreaCode", "Contains", "SmsEnabled", "MmsEnabled", "VoiceEnabled", "FaxEnabled",
        ),
        "test_a_number_is_bought_by_its_digits_or_its_area_and_named": ("PhoneNumber", "AreaCode"),
        "test_owned_numbers_are_listed_by_name_number_and_kind": ("FriendlyName", "PhoneNumber"),
        "test_a_number_is_set_when_it_is_bought_and_later": (
            "FriendlyName", "SmsUrl", "SmsMethod", "SmsFallbackUrl", "VoiceUrl", "VoiceMethod", "VoiceFallbackUrl",
            "VoiceFallbackMethod", "StatusCallback", "StatusCallbackMethod", "VoiceReceiveMode",
        ),
        "test_a_number_is_handed_to_a_subaccount_and_leaves_its_service": ("AccountSid",),
    },
    "test_rooms": {
        "test_the_sdk_opens_shows_and_ends_a_room": (
            "UniqueName", "MaxParticipants", "StatusCallback", "StatusCallbackMethod", "Status",
        ),
        "test_what_a_room_can_not_have_is_refused_with_the_codes_of_the_sdk": ("Type", "EnableTurn", "AudioOnly"),
        "test_our_own_fields_of_a_room_are_kept": ("EndUser", "RecordingBasis", "RecordParticipantsOnConnect"),
        "test_rooms_are_listed_by_what_they_are": ("UniqueName", "Status", "DateCreatedAfter", "DateCreatedBefore"),
        "test_the_sdk_lists_who_is_in_a_room_and_puts_somebody_out": ("Status", "Identity"),
        "test_our_own_fields_put_out_with_a_reason_and_mute": ("Reason", "Muted", "Source"),
        "test_recording_rules_are_all_or_nothing": ("Rules",),
    },
    "test_faxes": {
        "test_a_fax_is_offered_listed_taken_back_and_deleted": (
            "To", "From", "MediaUrl", "Quality", "Purpose", "EndUser", "StatusCallback", "Status",
        ),
        "test_faxes_are_listed_by_who_and_when": ("To", "From", "DateCreatedAfter", "DateCreatedOnOrBefore"),
        "test_a_fax_is_not_tried_for_longer_than_it_may_wait_and_its_pages_need_not_stay": ("Ttl", "StoreMedia"),
        "test_the_pages_of_a_fax_are_pdf_tiff_and_small_pictures": ("Page",),
    },
    "test_services_and_numbers": {
        "test_lookups_usage_and_alerts_conform": ("Fields", "CountryCode"),
        "test_wishes_places_and_countries_are_told_in_bulk": ("Items", "Permissions", "CountryCode"),
    },
    "test_safelist": {"test_a_number_is_vouched_for_looked_up_and_taken_off": ("PhoneNumber",)},
    "test_usage_and_alerts": {
        "test_usage_is_asked_by_category_and_span": ("Category", "StartDate", "EndDate"),
        "test_a_parents_usage_has_its_subaccounts_unless_told_otherwise": ("IncludeSubaccounts",),
        "test_alerts_are_listed_by_level_and_day_the_newest_first": ("LogLevel", "StartDate", "EndDate"),
    },
}  # fmt: skip
#: Fields that can have one value, which is what happens anyway; any other is refused by name.
SETTLED = {
    "ProvideFeedback": "false", "FallbackMethod": "GET",
    "ScanMessageContent": "enable", "FallbackToLongCode": "true",
    "SynchronousValidation": "false", "Mock": "true", "SkipAutomaticSecVet": "false", "ApiVersion": "2008-08-01",
    "SmsFallbackMethod": "GET", "Beta": "true", "Origin": "hosted", "ExcludeAllAddressRequired": "true",
    "ExcludeLocalAddressRequired": "true", "ExcludeForeignAddressRequired": "true",
    "SuppressEmailNotification": "false", "RecordingTrack": "inbound", "Trim": "trim-silence",
    "PauseBehavior": "skip",
}  # fmt: skip
#: What stands above and acts all the same: the end of a route's path, and the field.
ACTS = {("/Calls", "FallbackMethod"), ("/Calls/{sid}", "FallbackMethod")}
_ENOUGH = {  # what an operation asks for before it looks at a settled field
    "/v1/Services": {"FriendlyName": "x"},
}


def described(route: Route) -> set[str]:
    """The fields that the contract has for a route's operation. A test without the contract is skipped."""
    file = spec(SPECS[route.product])
    path = next(p for p in file["paths"] if shape(p) == shape(route.path))
    operation = file["paths"][path][route.method.lower()]
    names = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        names |= set(_resolved(file, content["schema"]).get("properties", {}))
    return names - PAGING


def _resolved(file: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = file["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


async def ask(door: Door, route: Route, fields: dict[str, str]) -> Any:
    path = route.path.replace("{account}", door.sid).replace("{country}", "US").replace("{number}", "+12125550123")
    path = path.replace("{service}", "MG" + "0" * 32).replace("{sid}", "XX" + "0" * 32)
    where = f"{'' if route.product == 'api' else '/' + route.product}{path}"
    if route.method == "GET":
        return await door.ask("GET", where, params=fields)
    return await door.ask(route.method, where, data=_ENOUGH.get(route.path, {}) | fields)


async def test_a_field_that_does_not_act_is_refused_by_name(door: Door) -> None:
    for route in ROUTES:
        if is_ours(route):
            continue
        for field in sorted(described(route) - route.fields):
            answer = await ask(door, route, {field: "1"})
            assert answer.status_code == 400, f"{route.method} {route.path} {field}"
            assert answer.json()["details"]["field"] == field
            assert field in answer.json()["message"]


async def test_a_field_of_one_value_is_refused_with_any_other(door: Door) -> None:
    for route in ROUTES:
        for field in sorted(route.fields & set(SETTLED)):
            if any(route.path.endswith(path) and field == name for path, name in ACTS):
                continue
            answer = await ask(door, route, {field: SETTLED[field]})
            assert (answer.status_code, answer.json()["code"]) in {(400, 20422), (404, 20404)}, f"{route.path} {field}"
            assert answer.status_code == 404 or answer.json()["details"]["field"] == field


@pytest.mark.parametrize(
    ("route", "field"),
    [(route, field) for route in ROUTES for field in sorted(route.fields - set(SETTLED))],
    ids=lambda value: value if isinstance(value, str) else f"{value.method} {value.path}",
)
def test_a_field_that_acts_has_a_test_that_shows_it(route: Route, field: str) -> None:
    assert field in set(_shown()), f"no test shows what {field} of {route.method} {route.path} does"


def _shown() -> Iterator[str]:
    for tests in SHOWN.values():
        for fields in tests.values():
            yield from fields


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, tests in SHOWN.items() for name in tests])
def test_a_test_that_is_named_uses_its_fields(file: str, name: str) -> None:
    text = _texts(file)[name]
    for field in SHOWN[file][name]:
        by_sdk = snake(field).replace("<", "_before").replace(">", "_after")  # as the SDK has them
        assert field in text or by_sdk in text, f"{name} never sets {field}"


@cache
def _texts(file: str) -> dict[str, str]:
    """Each test of a file as it is written, its parameters included, with the makers that it may use."""
    text = (Path(__file__).parent / f"{file}.py").read_text()
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            found[node.name] = "\n".join(lines[first : node.end_lineno])
    makers = "\n".join(written for name, written in found.items() if not name.startswith("test_"))
    constants = "\n".join(line for line in lines if line[:1].isupper())
    return {name: f"{written}\n{makers}\n{constants}" for name, written in found.items()}
