"""The PDUs of SMPP 3.4."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.channels.smpp import pdu
from masstransit.channels.smpp.pdu import PduError, Status, Tag, decode, encode

COLLECTED = Path(__file__).parents[4] / "shared/data/conformance/g_smpp_pdus/smpp_pdus.csv"
#: What is wrong with those of the collected PDUs that can't be used; all others are read.
WRONG = {
    "decodeUnsupportedRequestCommandId": Status.ESME_RINVCMDID,
    "decodeUnsupportedResponseCommandId": Status.ESME_RINVCMDID,
    "decodeBadPduButSkipAllDataInBuffer": Status.ESME_RINVCMDID,
    "decodeSubmitSmRespWithNoNullByteForMessageId": Status.ESME_RINVCMDLEN,
    "decodeDeliverSmNetforsDeliveryReceiptTriggeredErrorInLegacySmppLibrary": Status.ESME_RINVPARLEN,
    "decodeDeliverSMWithCorrectTotalByteLengthButInvalidShortMessageLength": Status.ESME_RINVMSGLEN,
}

octet = st.integers(0, 255)


def text(most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=most)


tlvs = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=5)
addresses = {
    "source_ton": octet,
    "source_npi": octet,
    "source": text(20),
    "destination_ton": octet,
    "destination_npi": octet,
    "destination": text(20),
}
numbers = {"sequence": st.integers(0, 0xFFFFFFFF), "status": st.integers(0, 0xFFFFFFFF)}
short_messages = st.builds(
    pdu.ShortMessage,
    command=st.sampled_from([pdu.SUBMIT_SM, pdu.DELIVER_SM]),
    service_type=text(5),
    esm_class=octet,
    protocol_id=octet,
    priority=octet,
    schedule=text(16),
    validity=text(16),
    registered_delivery=octet,
    replace_if_present=octet,
    data_coding=octet,
    default_message_id=octet,
    short_message=st.binary(max_size=254),
    tlvs=tlvs,
    **addresses,
    **numbers,
)
pdus = st.one_of(
    short_messages,
    st.builds(
        pdu.Bind,
        command=st.sampled_from([1, 2, 9]),
        system_id=text(15),
        password=text(8),
        system_type=text(12),
        interface_version=octet,
        addr_ton=octet,
        addr_npi=octet,
        address_range=text(40),
        **numbers,
    ),
    st.builds(
        pdu.BindResp, command=st.just(pdu.BIND_RECEIVER | pdu.RESPONSE), system_id=text(15), tlvs=tlvs, **numbers
    ),
    st.builds(pdu.Outbind, command=st.just(pdu.OUTBIND), system_id=text(15), password=text(8), **numbers),
    st.builds(
        pdu.DataMessage,
        command=st.just(pdu.DATA_SM),
        service_type=text(5),
        esm_class=octet,
        registered_delivery=octet,
        data_coding=octet,
        tlvs=tlvs,
        **addresses,
        **numbers,
    ),
    st.builds(
        pdu.MessageResp, command=st.just(pdu.SUBMIT_SM | pdu.RESPONSE), message_id=text(64), tlvs=tlvs, **numbers
    ),
    st.builds(
        pdu.Query,
        command=st.just(pdu.QUERY_SM),
        message_id=text(64),
        source_ton=octet,
        source_npi=octet,
        source=text(20),
        **numbers,
    ),
    st.builds(
        pdu.QueryResp,
        command=st.just(pdu.QUERY_SM | pdu.RESPONSE),
        message_id=text(64),
        final_date=text(16),
        message_state=octet,
        error_code=octet,
        **numbers,
    ),
    st.builds(
        pdu.Cancel, command=st.just(pdu.CANCEL_SM), service_type=text(5), message_id=text(64), **addresses, **numbers
    ),
    st.builds(
        pdu.Replace,
        command=st.just(pdu.REPLACE_SM),
        message_id=text(64),
        source=text(20),
        schedule=text(16),
        validity=text(16),
        short_message=st.binary(max_size=254),
        **numbers,
    ),
    st.builds(
        pdu.AlertNotification,
        command=st.just(pdu.ALERT_NOTIFICATION),
        source=text(64),
        esme=text(64),
        tlvs=tlvs,
        **numbers,
    ),
    st.builds(pdu.Pdu, command=st.sampled_from([pdu.UNBIND, pdu.ENQUIRE_LINK, pdu.GENERIC_NACK]), **numbers),
)


@given(pdus)
def test_every_pdu_survives_the_round_trip(made: pdu.Pdu) -> None:
    frame = encode(made)
    assert decode(frame) == made
    assert int.from_bytes(frame[:4], "big") == len(frame)


def test_a_pdu_is_written_under_the_sequence_number_given() -> None:
    assert decode(encode(pdu.Pdu(command=pdu.UNBIND, sequence=1), 7)).sequence == 7


def read_or_wrong(frame: bytes) -> pdu.Pdu | PduError:
    """What a frame says, or what is wrong with it; anything else is raised."""
    try:
        return decode(frame)
    except PduError as wrong:
        return wrong


@given(st.sampled_from(sorted(pdu.ANSWERED)), st.binary(max_size=120))
def test_random_octets_raise_nothing_but_pdu_errors(command: int, body: bytes) -> None:
    read = read_or_wrong(pdu.HEADER.pack(16 + len(body), command, 0, 42) + body)
    assert (read.sequence, read.command) == (42, command)


@given(short_messages, st.data())
def test_a_truncated_message_raises_nothing_but_pdu_errors(made: pdu.ShortMessage, data: st.DataObject) -> None:
    frame = encode(made)
    cut = frame[: data.draw(st.integers(16, len(frame) - 1))]
    assert read_or_wrong(len(cut).to_bytes(4, "big") + cut[4:]).sequence == made.sequence


def frame_of(body: bytes, command: int = pdu.SUBMIT_SM) -> bytes:
    return pdu.HEADER.pack(16 + len(body), command, 0, 1) + body


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (frame_of(b"", 0x999), Status.ESME_RINVCMDID),
        (frame_of(b"\0"), Status.ESME_RINVCMDLEN),
        (frame_of(b"toolong\0"), Status.ESME_RINVSERTYP),
        (frame_of(b"\0\1\1" + b"1" * 21 + b"\0"), Status.ESME_RINVSRCADR),
        (frame_of(b"\0\1\1123\0\1\1" + b"1" * 21 + b"\0"), Status.ESME_RINVDSTADR),
        (frame_of(b"\0\1\0011\0\1\0012\0\0\0\0" + b"9" * 17 + b"\0"), Status.ESME_RINVSCHED),
        (frame_of(b"\0\1\0011\0\1\0012\0\0\0\0\0" + b"9" * 17 + b"\0"), Status.ESME_RINVEXPIRY),
        (frame_of(b"\0\1\0011\0\1\0012\0\0\0\0\0\0\0\0\0\0\5hell"), Status.ESME_RINVMSGLEN),
        (frame_of(b"\0\1\0011\0\1\0012\0\0\0\0\0\0\0\0\0\0\1h\4"), Status.ESME_RINVOPTPARSTREAM),
        (frame_of(b"\0\1\0011\0\1\0012\0\0\0\0\0\0\0\0\0\0\1h\4\x24\0\5a"), Status.ESME_RINVPARLEN),
        (frame_of(b"\0", pdu.ENQUIRE_LINK), Status.ESME_ROPTPARNOTALLWD),
    ],
)
def test_what_is_wrong_is_said_in_the_protocols_words(frame: bytes, status: Status) -> None:
    with pytest.raises(PduError) as caught:
        decode(frame)
    assert caught.value.status is status


def test_a_text_longer_than_254_octets_needs_message_payload() -> None:
    with pytest.raises(ValueError, match="message_payload"):
        encode(pdu.ShortMessage(command=pdu.SUBMIT_SM, short_message=b"x" * 255))
    long = pdu.ShortMessage(command=pdu.SUBMIT_SM, tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 1000})
    read = decode(encode(long))
    assert isinstance(read, pdu.ShortMessage)
    assert read.payload == b"x" * 1000


def test_statuses_have_names() -> None:
    assert pdu.status_name(0x58) == "ESME_RTHROTTLED"
    assert pdu.status_name(0x401) == "0x00000401"


@pytest.mark.skipif(not COLLECTED.exists(), reason=f"{COLLECTED.name} is not here")
def test_pdus_collected_from_other_implementations_are_read() -> None:
    with COLLECTED.open(newline="") as file:
        for row in csv.DictReader(file):
            octets = bytes.fromhex(row["hex"])
            declared = int.from_bytes(octets[:4], "big")
            if declared > len(octets):
                continue  # the session waits for the rest
            name, frame = row["test"], octets[:declared]
            if name in WRONG:
                with pytest.raises(PduError) as caught:
                    decode(frame)
                assert caught.value.status is WRONG[name], name
                continue
            read = decode(frame)
            assert read.command == int(row["command_id"], 16), name
            again = decode(encode(read))
            assert again == read, name
