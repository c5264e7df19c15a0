"""Clause 18: sending and calling as somebody else."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course, Posted
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.call import Party
from masstransit.model.caller import Attestation, Verification, Verstat
from masstransit.model.communication import Purpose
from masstransit.model.mail import Authentication

_BEFORE_SENDING = timedelta(0)
_NOTICES = (
    "{brand}: your [order|request] {order} is [ready|in progress].",
    "{name}, {brand} has a message for you: call us by {time}.",
)
_INVOICES = (
    "Please [pay|settle] the [attached|enclosed] invoice {order} [today|by tomorrow]; our account has [changed|moved].",
    "[Kindly|Please] use our new bank details for invoice {order} from now on.",
)
_LETTERS = (
    "Is my [order|request] {order} there yet? {name}",
    "We [could|can] come on {day} at {time}. Does that suit you?",
    "Thank you for {order}. It [works|fits] well.",
)
_TO_BRITAIN = ("{brand}: your parcel {order} comes {day}. Not wanted? Opt out at {link}",)


@attack("18", within=_BEFORE_SENDING)
def neighbours_number(scene: Scene) -> Course:
    """Each person is written to from a number that looks like their own and belongs to nobody here."""
    spoofer = scene.customer(days=5)
    people = scene.people(40)
    scene.consent(spoofer, people)
    for person in people:
        spoofed = f"{person[:-2]}{scene.chance.randrange(100):02d}"
        yield spoofer.text(person, scene.pick(_NOTICES), "transactional", sender=spoofed)
        yield scene.wait(seconds=1)


@attack("18", within=_BEFORE_SENDING)
def somebody_elses_number(scene: Scene) -> Course:
    """A customer sends from a number of another customer."""
    victim, spoofer = scene.customer(numbers=2), scene.customer(days=30)
    yield from scene.mailing(spoofer, _NOTICES, "transactional", count=30, senders=victim.numbers)


@attack("18", within=_BEFORE_SENDING)
def hotline_that_only_receives(scene: Scene) -> Course:
    """A number of the tax office's hotline, which never calls anybody, is the sender."""
    spoofer = scene.customer(days=30)
    hotline = scene.number(spoofer.account, spoofer.campaign)
    yield scene.on_record("never_originate", number=hotline, source="registry of the tax office", listed_at=scene.now)
    yield scene.wait(seconds=5)
    yield from scene.mailing(spoofer, _NOTICES, "transactional", count=30, senders=(hotline,), brand="Tax Office")


@attack("18", within=_BEFORE_SENDING)
def name_of_a_brand(scene: Scene) -> Course:
    """Texts go out under a name that looks like a bank's, registered by somebody who is not that bank."""
    scene.customer(brand="Marlow Bank")
    spoofer = scene.customer(days=10)
    for name in ("MarlowBank", "Mar1owBank", "MARLOWBANK", "Marl0wBank"):
        scene.pending.append(
            scene.on_record("alpha_senders", account=spoofer.account, sender=name, service="MG1", status="registered",
                            created_at=scene.now)
        )  # fmt: skip
        for _ in range(5):
            person = scene.briton()
            yield spoofer.text(person, scene.pick(_TO_BRITAIN), "transactional", sender=name)


@attack("18", within=_BEFORE_SENDING)
def name_nobody_approved(scene: Scene) -> Course:
    """Texts go out under names that were never registered, or whose registration waits."""
    spoofer = scene.customer(days=10)
    scene.pending.append(
        scene.on_record("alpha_senders", account=spoofer.account, sender="Pending", service="MG1", status="pending",
                        created_at=scene.now)
    )  # fmt: skip
    for name in ("Pending", "Postal", "TaxOffice", "Support") * 5:
        yield spoofer.text(scene.briton(), scene.pick(_TO_BRITAIN), "transactional", sender=name)


@attack("18", within=_BEFORE_SENDING)
def number_without_proof(scene: Scene) -> Course:
    """A number that somebody brought along is used before anything shows that it is theirs."""
    bringer = scene.customer(number={"state": "hosted-pending"})
    yield from scene.mailing(bringer, _NOTICES, "transactional", count=30)


@attack("18", within=_BEFORE_SENDING)
def numbers_that_cannot_be(scene: Scene) -> Course:
    """Senders that no numbering plan has."""
    spoofer = scene.customer(days=10)
    people = scene.people(20)
    scene.consent(spoofer, people)
    for person in people:
        yield spoofer.text(person, scene.pick(_NOTICES), "transactional",
                           sender=scene.chance.choice(("+12125110100", "+10005550100", "+14159110100")))  # fmt: skip


@lawful("18")
def branches_and_their_owner(scene: Scene) -> Course:
    """A branch sends from the number of the business that owns it."""
    owner = scene.customer(numbers=2)
    branch = scene.customer(parent=owner, brand=owner.brand, use_case="")
    people = scene.people(120)
    scene.consent(owner, people)
    yield from scene.paced(
        (
            branch.text(p, scene.pick(_NOTICES, brand=owner.brand), "transactional", sender=owner.numbers[0])
            for p in people
        ),
        a_second=25,
    )


@lawful("18")
def call_centre_with_a_letter(scene: Scene) -> Course:
    """A call centre sends from a client's number, which it was proven to be allowed to use."""
    centre = scene.customer(number={"attrs": {"letter_of_authorization": "on file"}})
    yield from scene.mailing(centre, _NOTICES, "transactional", count=120, brand="Iris Point Clinic")


@lawful("18")
def own_name_abroad(scene: Scene) -> Course:
    """A business writes to Britons under its own registered name."""
    shop = scene.customer(brand="Larkspur", campaign={"attrs": {"unstated_purpose": "transactional"}})
    scene.pending.append(
        scene.on_record("alpha_senders", account=shop.account, sender="Larkspur", service="MG1", status="registered",
                        created_at=scene.now)
    )  # fmt: skip
    people = sorted({scene.briton() for _ in range(150)})
    scene.consent(shop, people, "transactional", kind="express")
    yield from scene.paced(
        (shop.text(p, scene.pick(_TO_BRITAIN, brand="Larkspur"), "transactional", sender="Larkspur") for p in people),
        10,
    )


@lawful("18")
def names_alike_by_chance(scene: Scene) -> Course:
    """Two small shops happen to have names alike, and both send from their own numbers."""
    for brand in ("Plumtree", "Plum Tree"):
        shop = scene.customer(brand=brand)
        yield from scene.mailing(shop, _NOTICES, "transactional", count=60)


# --- calls --------------------------------------------------------------------------------------------------------


@attack("18", within=_BEFORE_SENDING)
def calls_from_next_door(scene: Scene) -> Course:
    """Each person is called from a number that begins like their own, to which the caller has no right."""
    spoofer = scene.customer(days=5)
    for person in scene.people(40):
        yield spoofer.call(person, sender=f"{person[:-2]}{scene.chance.randrange(100):02d}")
        yield scene.wait(seconds=1)


@attack("18", within=_BEFORE_SENDING)
def calls_as_another_customer(scene: Scene) -> Course:
    """A customer calls from numbers of another one, and from one that it gave back."""
    victim, spoofer = scene.customer(numbers=2), scene.customer(days=30)
    gone = scene.number(spoofer.account, state="aging")
    for number in (*victim.numbers, gone) * 5:
        yield spoofer.call(scene.person(), sender=number)


@attack("18", within=_BEFORE_SENDING)
def calls_as_a_hotline(scene: Scene) -> Course:
    """The tax office's hotline, which never calls anybody, is shown, even with a proof that the caller answers it."""
    spoofer = scene.customer(days=30)
    hotline = scene.number(None, state="in-use")
    scene.may_show(spoofer, hotline, "code")
    yield scene.on_record("never_originate", number=hotline, source="registry of the tax office", listed_at=scene.now)
    yield scene.wait(seconds=5)
    for person in scene.people(20):
        yield spoofer.call(person, sender=hotline)


@attack("18", within=_BEFORE_SENDING)
def calls_from_numbers_that_cannot_be(scene: Scene) -> Course:
    """Callers that no numbering plan has, and numbers in stock that nobody has yet."""
    spoofer = scene.customer(days=10)
    stock = scene.number(None)
    for number in ("+12125110100", "+10005550100", "+14159110100", stock) * 5:
        yield spoofer.call(scene.person(), sender=number)


@attack("18", within=_BEFORE_SENDING)
def calls_by_the_name_of_a_bank(scene: Scene) -> Course:
    """Calls come from the caller's own number, under a name that looks like a bank's."""
    scene.customer(brand="Marlow Bank")
    spoofer = scene.customer(days=10)
    for name in ("Marlow Bank", "MARLOW BANK", "Mar1ow Bank") * 5:
        yield spoofer.call(scene.person(), name=name)


@attack("18", within=_BEFORE_SENDING)
def signed_and_untrue(scene: Scene) -> Course:
    """Carriers bring calls whose signatures are stale, are by a certificate that speaks for other numbers, or are
    about another call."""
    shop = scene.customer()
    for status in (403, 437, 438) * 5:
        told = Verification(verstat=Verstat.FAILED, status=status, reason="found to be so", signer="709J")
        yield shop.is_called(scene.person(), told)


@attack("18", within=_BEFORE_SENDING)
def says_that_it_was_sent_on(scene: Scene) -> Course:
    """Calls claim to be sent on by a number that is not the caller's."""
    spoofer, victim = scene.customer(days=10), scene.customer()
    for person in scene.people(10):
        yield spoofer.call(person, sender=scene.person(), diverted_by=victim.numbers[0])


@lawful("18")
def numbers_shown_by_right(scene: Scene) -> Course:
    """A doctor shows the clinic's number, and a call centre its clients', as they have proven that they may."""
    doctor, centre = scene.customer(), scene.customer(numbers=2)
    clinic, client = scene.number(None, state="in-use"), "+14155559900"
    scene.may_show(doctor, clinic, "code")
    scene.may_show(centre, client, "loa")
    yield scene.wait(seconds=5)
    for _ in range(40):
        yield [
            doctor.call(scene.person(), sender=clinic, purpose=Purpose.TRANSACTIONAL),
            centre.call(scene.person(), sender=client, purpose=Purpose.CONVERSATION),
            centre.call(scene.person(), sender=centre.numbers[1], purpose=Purpose.CONVERSATION),
        ]
        yield scene.wait(seconds=30)


@lawful("18")
def calls_that_are_sent_on(scene: Scene) -> Course:
    """People call an office that sends them on to a mobile, which sees who calls; some were sent on before."""
    office = scene.customer(numbers=1)
    signed = Verification(verstat=Verstat.PASSED, attestation=Attestation.FULL, signer="709J", reason="it holds")
    before = Verification(
        verstat=Verstat.PASSED, attestation=Attestation.PARTIAL, signer="709J", reason="it holds",
        diverted_by=("+12125550142",),
    )  # fmt: skip
    unsigned = Verification(status=428, reason="it is not signed")
    mobile = scene.person()
    for told in (signed, before, unsigned) * 8:
        caller = scene.person()
        yield office.is_called(caller, told)
        yield office.call(mobile, sender=caller, diverted_by=office.numbers[0], purpose=Purpose.CONVERSATION)
        yield scene.wait(minutes=2)


@lawful("18")
def codes_alarms_and_a_shelter(scene: Scene) -> Course:
    """Log-ins are proved by flash calls, alarms are told, and a shelter hides the number it calls from."""
    flash = scene.customer(use_case="2FA", campaign={"attrs": {"short_calls": "flash"}})
    guard = scene.customer(use_case="ACCOUNT_NOTIFICATION", campaign={"attrs": {"short_calls": "alarm"}})
    shelter = scene.customer(use_case="LOW_VOLUME")
    for _ in range(40):
        yield [
            flash.call(scene.person(), rings=2, talks=None, purpose=Purpose.OTP),
            guard.call(scene.person(), talks=4, ended_by=Party.CALLEE, purpose=Purpose.EMERGENCY),
            shelter.call(scene.person(), hidden=True, purpose=Purpose.CONVERSATION),
        ]
        yield scene.wait(seconds=20)


@attack("18", within=_BEFORE_SENDING)
def forged_invoices(scene: Scene) -> Course:
    """Mail with a supplier's address in From comes from servers that are not the supplier's, whose domain asks for such
    mail to be refused; some of it proves another domain."""
    office = scene.customer(brand="Northgate Office")
    scene.mail_arrives(office, "northgate.example")
    for seen in ("pass", "fail", "none") * 8:
        proof = Authentication(
            domain="supplier.example", dmarc="fail", policy="reject", policy_domain="supplier.example",
            spf="pass" if seen == "pass" else "fail", spf_domain="mail.invalid", dkim=seen, because="it is forged",
        )  # fmt: skip
        yield Posted(sender="accounts@supplier.example", to="ledger@northgate.example", name="Accounts", proof=proof,
                     subject="Invoice", text=scene.pick(_INVOICES))  # fmt: skip
        yield scene.wait(seconds=30)


@attack("18", within=_BEFORE_SENDING)
def a_domain_like_their_own(scene: Scene) -> Course:
    """Staff get mail from a domain that is written to look like their own, and that proves itself."""
    office = scene.customer(brand="Northgate Office")
    scene.mail_arrives(office, "northgate.example")
    for like in ("n0rthgate.example", "north-gate.example") * 8:
        proof = Authentication(domain=like, dmarc="pass", spf="pass", spf_domain=like, policy="reject", aligned=like)
        yield Posted(sender=f"director@{like}", to="ledger@northgate.example", name="Dana, Director", proof=proof,
                     subject="Today", text=scene.pick(_INVOICES))  # fmt: skip
        yield scene.wait(seconds=30)


@lawful("18")
def an_offices_mail(scene: Scene) -> Course:
    """People and newsletters write: proven by their servers or keys, forwarded, from domains that ask for nothing,
    and from a list that changes what it passes on."""
    office = scene.customer(brand="Northgate Office")
    scene.mail_arrives(office, "northgate.example")
    proofs = (
        Authentication(domain="friend.example", dmarc="pass", spf="pass", policy="reject", aligned="friend.example"),
        Authentication(domain="friend.example", dmarc="pass", spf="fail", dkim="pass", aligned="friend.example"),
        Authentication(domain="friend.example", spf="softfail"),
        Authentication(domain="friend.example", spf="none"),
        Authentication(domain="friend.example", dmarc="fail", spf="pass", policy="none"),
        Authentication(
            domain="friend.example",
            dmarc="fail",
            dkim="fail",
            policy="quarantine",
            arc="pass",
            sealers=("lists.example",),
            passed_before=True,
        ),
    )
    for proof in proofs * 6:
        yield Posted(sender=f"person{scene.chance.randrange(90)}@friend.example", to="desk@northgate.example",
                     name="A Friend", reply_to="office@friend.example", proof=proof, text=scene.pick(_LETTERS),
                     subject="A question")  # fmt: skip
        yield scene.wait(minutes=3)


# --- mail -------------------------------------------------------------------------------------------------------------


@attack("18", within=_BEFORE_SENDING)
def domain_of_another_customer(scene: Scene) -> Course:
    """Mail goes out from the domain of another customer, from one that nobody proved, and from one below neither."""
    victim, spoofer = scene.customer(), scene.customer(days=30)
    scene.mail_domain(victim)
    scene.mail_domain(spoofer, proven=False)
    for domain in (victim.domain, spoofer.domain, f"not-{victim.domain}") * 5:
        yield spoofer.mail(scene.reader(), "Your order", scene.pick(_NOTICES), "transactional",
                           sender=f"Orders <orders@{domain}>")  # fmt: skip
        yield scene.wait(seconds=2)


@attack("18", within=_BEFORE_SENDING)
def answers_to_a_lookalike(scene: Scene) -> Course:
    """Whoever answers a bill writes to a domain that only looks like the one that it came from."""
    spoofer = scene.customer(days=10)
    domain = scene.mail_domain(spoofer)
    near = domain.replace("l", "1", 1) if "l" in domain else domain.replace(domain[2], "", 1)
    for _ in range(10):
        yield spoofer.mail(scene.reader(), "Your invoice", scene.pick(_NOTICES), "transactional",
                           reply_to=f"billing@{near}")  # fmt: skip
        yield scene.wait(seconds=2)


@attack("18", within=_BEFORE_SENDING)
def name_of_a_bank_before_a_mailbox(scene: Scene) -> Course:
    """From shows the name of a well-known firm, or another mailbox, before the sender's own."""
    spoofer = scene.customer(days=10)
    domain = scene.mail_domain(spoofer)
    for name in ("PayPal", "Wells Fargo", '"security@paypal.com"') * 4:
        yield spoofer.mail(scene.reader(), "Your account", scene.pick(_NOTICES), "transactional",
                           sender=f"{name} <hello@{domain}>")  # fmt: skip
        yield scene.wait(seconds=2)


@lawful("18")
def mail_from_domains_of_ones_own(scene: Scene) -> Course:
    """A shop's mail comes from its domain and from one below it; answers go to its help desk elsewhere, or to it."""
    shop = scene.customer()
    domain = scene.mail_domain(shop)
    for number in range(20):
        below = f"news.{domain}" if number % 2 else domain
        yield shop.mail(
            scene.reader(), "Your order", scene.pick(_NOTICES, brand=shop.brand), "transactional",
            sender=f"{shop.brand} <orders@{below}>", reply_to="help@tickets-desk.example" if number % 3 else "",
        )  # fmt: skip
        yield scene.wait(seconds=5)
