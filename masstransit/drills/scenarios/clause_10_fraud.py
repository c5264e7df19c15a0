"""Clause 10: deceiving people for gain, and traffic that exists to be paid for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from masstransit.drills.acts import Act, Course, Dial, Offer, Posted, Used
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene
from masstransit.model.communication import Purpose, Voice
from masstransit.model.mail import Authentication

_ACCOUNT_LIMITED = (
    "Your account is [limited|locked]. [Reply|Answer] with your password and your card number [today|within 24 hours].",
    "We saw a strange log-in. Please send us your password and PIN [so that we can help|to go on].",
)
_ABOUT_ORDERS = (
    "You paid {small} for {order}. Nothing is left to do.",
    "Has {order} [left|been sent] yet? {name}",
)
_PARCEL = (
    (
        "[USPS|US Postal Service]: your [package|parcel] [is on hold|can't be delivered], [unpaid "
        "fee|customs] {small}. [Pay|Settle] at {link}"
    ),
    "[FedEx|UPS]: [delivery failed|address incomplete] for {order}. [Update|Confirm] within 12h: {link}",
    "{name}, your parcel waits at the depot. [Redelivery|Release] fee {small}: {link}",
    "Correos: su paquete [está retenido|no se pudo entregar]. Pague {small} en {link}",
    "Deutsche Post: Ihr Paket {order} [liegt im Zoll|konnte nicht zugestellt werden]. Gebühr {small}: {link}",
    "La Poste : votre colis {order} est en attente. Frais {small} : {link}",
    "Correios: seu pacote {order} foi taxado. Pague {small} em {link}",
)
_BANK = (
    "{bank}: your [account|card] is [locked|suspended]. [Verify|Confirm] your identity [now|within 24 hours]: {link}",
    "[Alert|URGENT]: {bank} [unusual sign-in|payment of {amount}]. Not you? [Cancel|Secure] here {link}",
    "{bank}: a new payee was added. If this was NOT you, visit {link}",
    "{bank}: su cuenta ha sido [bloqueada|limitada]. [Verifique|Active] sus datos: {link}",
    "{bank}: votre carte sera [bloquée|suspendue]. [Confirmez|Réactivez] : {link}",
    "{bank}: Ihr Konto wurde [gesperrt|eingeschränkt]. Bitte [bestätigen|freischalten]: {link}",
)
_OFFICE = (
    "[IRS|Tax office]: you are [owed|due] a refund of {amount}. [Claim|Submit] it before {day}: {link}",
    "[Final notice|Legal notice]: unpaid [toll|fine] of {small}. Pay today to avoid [court|late fees]: {link}",
    (
        "Social Security: your number is [suspended|linked to a crime]. Call [now|at once] or [face "
        "arrest|lose benefits] {link}"
    ),
    "DMV: your licence is [suspended|on hold] as of {day}. Pay {amount} at {link}",
    "HMRC: you have a tax rebate of {amount}. Claim: {link}",
)
_MONEY_FIRST = (
    (
        "[Dear|Hello] {name}, I am [the widow of|lawyer to] a late {title}. {large} is yours; I "
        "need only [a fee of {amount}|your bank details]"
    ),
    (
        "CONGRATULATIONS! Your number won {large} in the [WhatsApp|Coca-Cola|Powerball] draw. To claim, "
        "[pay {amount}|send ID] to {link}"
    ),
    (
        "[Inheritance|Compensation] of {large} approved. [Send|Wire] {amount} processing fee to "
        "release it. Reply with account number"
    ),
    "Has ganado {large}! Para cobrar envía {amount} de gastos a {link}",
)
_JOBS = (
    (
        "[Hi|Hello], I'm {name} from HR. [Remote|Part-time] job, {amount} a day, [no "
        "experience|30 minutes]. [WhatsApp|Telegram] {link}"
    ),
    (
        "We found your CV! Earn {large} a month [liking videos|rating hotels] at home. [Deposit "
        "{amount} to start|Message us] {link}"
    ),
    "Trabajo desde casa: {amount} al día, sin experiencia. [Escríbeme|WhatsApp] {link}",
)
_FAMILY = (
    "[Hi mum|Hi dad|Mom it's me], [my phone broke|I lost my phone], this is my new number. [Text me|Can you save it]?",
    "[Mum|Dad], I'm in trouble. Can you [pay|transfer] {amount} for me [today|now]? I'll pay you back {day}",
    "Hola mamá, se me rompió el móvil, este es mi número nuevo. ¿Puedes [enviarme|transferir] {amount}?",
    "Hallo Mama, mein Handy ist kaputt, das ist meine neue Nummer. Kannst du {amount} überweisen?",
)
_CODES = (
    "[Sorry|Hi], I sent [my code|a 6-digit code] to you by mistake. Can you [send it back|forward it]?",
    "{bank} security: to stop the fraud [reply with|read us] the code you just received",
    "To [cancel|block] the payment of {amount}, text us back the one-time code we sent",
)
_BANKS = ("Chase", "Wells Fargo", "Marlow Bank", "Bank of America", "Citi", "Santander")


def _of_banks(scene: Scene, *, disguised: float = 0.0) -> Course:
    yield from scene.mailing(
        scene.customer(days=4), _BANK, "transactional", count=100, a_second=3, disguised=disguised,
        bank=lambda: scene.chance.choice(_BANKS), link=lambda: scene.link(scene.say("[chase|wellsfargo|bank|secure]")),
    )  # fmt: skip


@attack("10", leak=50)
def parcel_fee(scene: Scene) -> Course:
    """A parcel is said to wait for a small fee, behind a link that looks like the carrier's."""
    smisher = scene.customer(days=4)
    yield from scene.mailing(
        smisher,
        _PARCEL,
        "transactional",
        count=120,
        a_second=3,
        link=lambda: scene.link(scene.say("[usps|fedex|post|parcel]")),
    )


@attack("10", bulk=True)
def bank_account_locked(scene: Scene) -> Course:
    """In a bank's name people are told that their account is locked."""
    yield from _of_banks(scene)


@attack("10", bulk=True)
def bank_in_disguise(scene: Scene) -> Course:
    """The same bank texts, with look-alike letters, spaces, digits and blunted links."""
    yield from _of_banks(scene, disguised=1.0)


@attack("10", bulk=True)
def hijacked_customer(scene: Scene) -> Course:
    """Between the notices of a proven customer, its stolen credential sends smishing; its own notices go on."""
    victim = scene.customer()
    notices = ("{brand}: your order {order} is [ready|on its way].", "{brand}: we see you {day} at {time}.")
    for _ in range(12):
        yield from scene.mailing(victim, notices, "transactional", count=4, a_second=4, bystander=True)
        yield from scene.mailing(victim, _PARCEL + _BANK, "transactional", count=8, a_second=4, bank="Chase")


@attack("10", bulk=True)
def office_wants_money(scene: Scene) -> Course:
    """In the name of offices people are promised refunds or threatened with arrest."""
    smisher = scene.customer(days=4)
    yield from scene.mailing(
        smisher,
        _OFFICE,
        "transactional",
        count=100,
        a_second=3,
        disguised=0.2,
        link=lambda: scene.link(scene.say("[irs|toll|gov|dmv]")),
    )


@attack("10", bulk=True)
def fee_before_fortune(scene: Scene) -> Course:
    """Fortunes are promised to whoever pays a fee first."""
    fraudster = scene.customer(days=6)
    yield from scene.mailing(fraudster, _MONEY_FIRST, "transactional", count=80, a_second=2, title="minister")


@attack("10", bulk=True)
def jobs_that_are_none(scene: Scene) -> Course:
    """Easy jobs are offered that begin with a deposit or a chat elsewhere."""
    fraudster = scene.customer(days=6)
    yield from scene.mailing(fraudster, _JOBS, "transactional", count=80, a_second=2, disguised=0.2)


@attack("10", within=timedelta(hours=1), bulk=True)
def child_with_a_new_number(scene: Scene) -> Course:
    """Somebody passes for a child whose phone broke and who needs money."""
    fraudster = scene.customer(use_case="LOW_VOLUME", days=6)
    yield from scene.mailing(fraudster, _FAMILY, "transactional", count=80, a_second=2)


@attack("10", bulk=True)
def codes_asked_back(scene: Scene) -> Course:
    """People are asked to send back the code that they just got."""
    fraudster = scene.customer(days=6)
    yield from scene.mailing(
        fraudster, _CODES, "transactional", count=80, a_second=2, bank=lambda: scene.chance.choice(_BANKS)
    )


@attack("10", within=timedelta(minutes=5), bulk=True)
def codes_pumped_abroad(scene: Scene) -> Course:
    """A form is made to send codes to one range of numbers abroad that nobody ever enters, for the carrier's share;
    the customer tells of the codes at home that they are used."""
    shop = scene.customer(use_case="2FA", days=60)
    yield from _used_at_home(scene, shop)
    yield from _one_range(scene, shop, count=150)


@attack("10", within=timedelta(minutes=5), alarm=True)
def codes_pumped_and_nothing_told(scene: Scene) -> Course:
    """The same, through a customer that never says which codes are used: that is noticed, and a person is asked."""
    shop = scene.customer(use_case="2FA", days=60)
    yield from _one_range(scene, shop, count=250)


def _used_at_home(scene: Scene, shop: Customer) -> Course:
    """People at home get codes that they asked for, and most type them in."""
    for _ in range(6):
        offers = [shop.text(p, _code(scene, shop), "otp", bystander=True) for p in scene.people(5)]
        yield offers
        yield scene.wait(seconds=30)
        yield [Used(person=offer.recipient) for offer in offers[:4]]


def _one_range(scene: Scene, shop: Customer, *, count: int) -> Course:
    def offers() -> Iterator[Act]:
        for line in scene.chance.sample(range(1000), count):
            offer: Offer = shop.text(f"+447400123{line:03d}", _code(scene, shop), "otp")
            yield offer

    yield from scene.paced(offers(), a_second=1)


def _code(scene: Scene, shop: Customer) -> str:
    return scene.say("{code} is your {brand} code.", brand=shop.brand)


@attack("10", within=timedelta(0))
def countries_never_enabled(scene: Scene) -> Course:
    """Messages go to countries where traffic likes to end that exists to be paid for, and that nobody enabled."""
    shop = scene.customer(use_case="2FA", days=60)
    for number in ("+93701234567", "+992917123456", "+252712345678", "+218912345678") * 6:
        yield shop.text(number, scene.say("{code} is your code."), "otp")
        yield scene.wait(seconds=1)


@lawful("10")
def genuine_bank_alerts(scene: Scene) -> Course:
    """A bank that is who it says it is warns its customers, and never asks for a code."""
    bank = scene.customer(use_case="FRAUD_ALERT", brand="Marlow Bank", vertical="FINANCIAL")
    texts = (
        "{brand}: did you pay {amount} at [a store on {street}|an online shop]? Reply YES or NO.",
        ("{brand}: your card ending {digits} was [used abroad|declined]. Call the number on your card if "
         "that was not you."),
        "{brand}: your balance is below {amount}.", "{brand}: a new device signed in {day} {time}. Not you? Call us.",
        "Marlow Bank: se usó su tarjeta por {amount}. ¿Fue usted? Responda SI o NO.",
    )  # fmt: skip
    yield from scene.mailing(bank, texts, "transactional", count=180)


@lawful("10")
def warned_of_fraud(scene: Scene) -> Course:
    """A bank, a council and the police explain what fraud looks like, in the fraudsters' own words."""
    teacher = scene.customer(use_case="PUBLIC_SERVICE_ANNOUNCEMENT", brand="County Police")
    texts = (
        'Scam alert from {brand}: texts saying "your account is locked, verify now" are fake. Do not click. Tell 7726.',
        '{brand}: "Hi mum, my phone broke" is a fraud. Call your child on the old number first.',
        "{brand}: no bank asks for your one-time code. If somebody does, hang up.",
        '{brand}: the post office never asks for a fee by text. Delete "your parcel is on hold".',
        "{brand}: aviso de estafa. La oficina de impuestos no ofrece reembolsos por mensaje.",
        "{brand} warns: jobs that begin with a deposit are scams. Report them.",
    )
    yield from scene.mailing(teacher, texts, "transactional", count=180)


@lawful("10")
def charity_after_a_disaster(scene: Scene) -> Course:
    """A registered charity asks its donors for help after a flood."""
    charity = scene.customer(use_case="CHARITY", brand="Open Table Charity")
    texts = (
        "{brand}: the [flood|earthquake] left thousands without homes. Give {small} at {link} Reply STOP to opt out",
        (
            "[Hi|Dear] {name}, your {amount} fed [a family|ten people] after the storm. Can you help again? "
            "{link} STOP to end"
        ),
    )
    yield from scene.mailing(charity, texts, "marketing", count=150)


@lawful("10")
def genuine_delivery_notices(scene: Scene) -> Course:
    """A parcel carrier tells of deliveries, and of duties that are really due."""
    carrier = scene.customer(use_case="DELIVERY_NOTIFICATION", brand="Harrow Parcel")
    texts = (
        "{brand}: your parcel {order} [arrives {day} {time}|is at the shop on {street}].",
        "{brand}: we missed you at {street}. We try again {day}. Change it in the {brand} app.",
        "{brand}: customs duty of {amount} is due on {order}. Pay the driver or in your {brand} account.",
        "{brand}: Ihr Paket {order} kommt am {date}.", "{brand}: su paquete {order} llega el {date}.",
    )  # fmt: skip
    yield from scene.mailing(carrier, texts, "transactional", count=180)


@lawful("10")
def codes_that_are_used(scene: Scene) -> Course:
    """Codes to people at home and abroad who asked for them, in many words and languages."""
    shop = scene.customer(use_case="2FA")
    texts = (
        "{code} is your {brand} verification code. We never ask you for it.", "Your {brand} login code: {code}",
        "{brand}: use {code} to [reset your password|confirm the payment of {amount}]. Don't share it with anyone.",
        "{code} es tu código de {brand}. No lo compartas.",
        "Ihr {brand}-Code lautet {code}. Geben Sie ihn nicht weiter.",
        "Votre code {brand} : {code}", "{brand}: seu código é {code}",
    )  # fmt: skip
    yield from scene.mailing(shop, texts, "otp", count=150, known=False)
    people = sorted({scene.briton() for _ in range(40)})
    yield from scene.paced((shop.text(p, scene.pick(texts, brand=shop.brand), "otp") for p in people), a_second=2)


@attack("10", within=timedelta(minutes=10), leak=100, also=("9",))
def one_ring_from_the_islands(scene: Scene) -> Course:
    """A number in Jamaica rings people once and hangs up: who calls it back pays (Wangiri)."""
    lure = scene.customer(use_case="", number={"number": "+18765550142", "region": "JM"})

    def calls() -> Iterator[Dial]:
        for _ in range(200):
            yield lure.call(scene.person(), rings=scene.chance.uniform(0.4, 1.6), talks=None)

    yield from scene.paced(calls(), a_second=2)


@attack("10", within=timedelta(minutes=15), leak=10)
def a_stolen_line_dials_premium_numbers(scene: Scene) -> Course:
    """Whoever has stolen an office's SIP credential runs up calls to numbers that pay them."""
    office = scene.customer()

    def calls() -> Iterator[Dial]:
        for line in range(60):
            yield office.call(f"+1900555{1000 + line:04d}", talks=scene.chance.uniform(100, 300))

    yield from scene.paced(calls(), a_second=1)


@lawful("10")
def a_family_in_jamaica(scene: Scene) -> Course:
    """A carer agency's staff ring home and hang up now and then: nobody answers, it was a wrong number, they talk."""
    agency = scene.customer(numbers=3)

    def calls() -> Iterator[Dial]:
        for place in range(30):
            gives_up = place % 5 == 0
            yield agency.call(
                f"+1876555{1000 + place:04d}", sender=agency.numbers[place % 3], rings=1.5 if gives_up else 9,
                talks=None if gives_up else scene.chance.uniform(60, 600), purpose=Purpose.CONVERSATION,
                voice=Voice.LIVE,
            )  # fmt: skip

    yield from scene.paced(calls(), a_second=0.1)


@attack("10", within=timedelta(0))
def mail_in_a_brands_name(scene: Scene) -> Course:
    """Mail that shows a well-known brand's name, from domains that prove themselves and are not the brand's, asks for a
    password or a card."""
    shop = scene.customer(brand="Northgate Office")
    scene.mail_arrives(shop, "northgate.example")
    for sender in ("help@account-desk.example", "service@paypa1-secure.com") * 8:
        yield _mail(sender, "PayPal", "Your account is limited", scene.pick(_ACCOUNT_LIMITED))
        yield scene.wait(seconds=20)


@lawful("10")
def mail_of_brands_and_about_them(scene: Scene) -> Course:
    """Brands write from their own domains, and people from the mailboxes that big providers give them."""
    shop = scene.customer(brand="Northgate Office")
    scene.mail_arrives(shop, "northgate.example")
    for sender, name in (
        ("service@paypal.com", "PayPal"), ("ada@gmail.com", "Ada"), ("bob@outlook.com", "Bob"),
        ("orders@applegrove.example", "Apple Grove"),
    ) * 6:  # fmt: skip
        yield _mail(sender, name, "Your order", scene.pick(_ABOUT_ORDERS))
        yield scene.wait(minutes=2)


def _mail(sender: str, name: str, subject: str, text: str) -> Posted:
    """A mail to the office, from a domain that proves itself."""
    domain = sender.partition("@")[2]
    proof = Authentication(domain=domain, dmarc="pass", spf="pass", spf_domain=domain, aligned=domain)
    return Posted(sender=sender, to="desk@northgate.example", name=name, subject=subject, text=text, proof=proof)
