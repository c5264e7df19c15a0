"""Who calls: how far we vouch for a caller's number, and what came of another provider's word for one.

The words are those of RFC 8224 and RFC 8588 (SHAKEN), and of ATIS-1000074 for the result.
"""

from __future__ import annotations

import enum

import msgspec


class Attestation(enum.Enum):
    """How far the provider that signs a call vouches for its number (RFC 8588 section 4)."""

    FULL = "A"  #: it knows the customer, and that the customer may use this number
    PARTIAL = "B"  #: it knows the customer, not the right to the number
    GATEWAY = "C"  #: it knows where the call entered its network, nothing else


class Verstat(enum.Enum):
    """The result of a verification, as phones and carriers are told it (ATIS-1000074 section 5.3.2)."""

    PASSED = "TN-Validation-Passed"
    FAILED = "TN-Validation-Failed"
    NONE = "No-TN-Validation"


PHRASES = {
    403: "Stale Date",
    428: "Use Identity Header",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
}  #: the statuses of RFC 8224 section 6.2.2, in its words


class Verification(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What came of the Identity headers of one call."""

    verstat: Verstat = Verstat.NONE
    status: int | None = None  #: the SIP status that says what is wrong; 428: it is not signed; None: it passed
    reason: str = ""  #: what was found, in a sentence
    attestation: Attestation | None = None  #: how far its signer vouches for the number
    origin: str = ""  #: `origid`: the signer's own mark of where the call began, for tracebacks
    signer: str = ""  #: the service provider code of its certificate, or else what it is called by
    certificate: str = ""  #: the URL of the certificate (x5u)
    diverted_by: tuple[str, ...] = ()  #: the numbers that sent the call on, the first one first (RFC 8946)

    @property
    def signed(self) -> bool:
        """Whether it came with an identity of a kind that can be verified."""
        return self.status != 428

    @property
    def passed(self) -> bool:
        return self.verstat is Verstat.PASSED

    @property
    def phrase(self) -> str:
        """The status in the RFC's words; "" where nothing is wrong."""
        return PHRASES.get(self.status or 0, "")

    @property
    def reason_header(self) -> str:
        """The value of a Reason header, where the call goes on though its identity failed (RFC 9410); "" else."""
        wrong = self.status is not None and self.signed
        return f'STIR;cause={self.status};text="{self.phrase}"' if wrong else ""
