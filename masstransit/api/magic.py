"""Test credentials: numbers that always give the same answer. Nothing is sent and nothing is kept."""

from __future__ import annotations

from masstransit.errors import BadInput

_PREFIX = "+1500555000"
#: last digit of the magic sender -> code and sentence
_SENDERS = {
    "1": (21212, "The 'From' number is not a valid phone number."),
    "7": (21606, "The 'From' number is not owned by your account, or can't send messages."),
    "8": (21611, "The 'From' number has too many messages in its queue."),
}
#: last digit of the magic recipient -> code and sentence
_RECIPIENTS = {
    "1": (21211, "The 'To' number is not a valid phone number."),
    "2": (21612, "The 'To' number can't be reached from the 'From' number."),
    "3": (21408, "Messages to the region of the 'To' number are not enabled."),
    "4": (21610, "Attempt to send to unsubscribed recipient"),
    "9": (21614, "The 'To' number can't receive text messages."),
}
_GOOD_SENDER = f"{_PREFIX}6"


def check(sender: str | None, recipient: str) -> None:
    """What test credentials are answered. Raises `BadInput` with the number's code; otherwise the message is fine.

    `sender` is None for a messaging service.
    """
    if sender is not None and sender != _GOOD_SENDER:
        code, sentence = _SENDERS.get(sender[-1], _SENDERS["7"]) if sender.startswith(_PREFIX) else _SENDERS["7"]
        raise BadInput(sentence, field="From", code=code)
    if recipient.startswith(_PREFIX) and recipient[-1] in _RECIPIENTS and len(recipient) == 12:
        code, sentence = _RECIPIENTS[recipient[-1]]
        raise BadInput(sentence, field="To", code=code)


#: the same for calls
_CALLED = {
    "1": (21217, "The 'To' number is not a valid phone number."),
    "2": (21214, "The 'To' number can't be reached."),
    "3": (21215, "Calls to the country of the 'To' number are not enabled."),
    "4": (21216, "Calls to the 'To' number are blocked."),
}


def check_call(sender: str, recipient: str) -> None:
    """What test credentials are answered that make a call. Raises `BadInput` with the number's code."""
    if sender != _GOOD_SENDER:
        wrong = sender == f"{_PREFIX}1"
        raise BadInput(
            "The 'From' number is not a valid phone number." if wrong else "The 'From' number is not yours.",
            field="From",
            code=21212 if wrong else 21210,
        )
    if recipient.startswith(_PREFIX) and recipient[-1] in _CALLED and len(recipient) == 12:
        code, sentence = _CALLED[recipient[-1]]
        raise BadInput(sentence, field="To", code=code)
