"""Clause 3: probing for limits, slipping under filters, one text over many senders."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course, Seen
from masstransit.drills.drill import attack, lawful
from masstransit.drills.pictures import code, jpeg, photograph
from masstransit.drills.scene import Scene
from masstransit.drills.wording import DISGUISES

_DEALS = (
    "[Hi|Hey|Hello] {name}, [your|the] {percent}% [voucher|coupon] [ends|expires] {day}: {link} Reply STOP to end",
    "[New|Fresh] arrivals [from|at] {amount}: {link} STOP to [end|opt out]",
    "{name}, [last chance|final call]: {percent}% off everything at {link} Txt STOP to end",
)
_PILLS = (
    "[Cheap|Discount] [viagra|cialis] [no prescription|without a doctor]: {amount} a pack {link}",
    "[Online|Canadian] [pharmacy|drugstore]: [viagra|xanax|oxycodone] shipped [overnight|today] {link}",
)


@attack("3", within=timedelta(minutes=30), bulk=True)
def snowshoe(scene: Scene) -> Course:
    """One text goes out thinly over two hundred numbers, a message or two a number."""
    spammer = scene.customer(use_case="MARKETING", numbers=200)
    template, link = scene.chance.choice(_DEALS), scene.link("deal")
    text = scene.say(template, name="friend", link=link)
    yield from scene.mailing(
        spammer, [text], "marketing", count=300, a_second=5, senders=scene.chance.sample(spammer.numbers, 200)
    )


@attack("3", within=timedelta(minutes=30), bulk=True)
def snowshoe_in_many_words(scene: Scene) -> Course:
    """The same offer behind one domain, worded otherwise each time, over two hundred numbers."""
    spammer = scene.customer(use_case="MARKETING", numbers=200)
    host = scene.link("deal").rpartition("/")[0]
    yield from scene.mailing(
        spammer, _DEALS, "marketing", count=240, a_second=5, senders=spammer.numbers, disguised=0.3,
        link=lambda: f"{host}/{scene.chance.randrange(16**5):x}",
    )  # fmt: skip


@attack("3", within=timedelta(minutes=30), leak=10)
def ladder_of_variants(scene: Scene) -> Course:
    """A text that was refused is changed a little and tried again on the sender's own handsets, until it gets by."""
    prober = scene.customer(use_case="MARKETING", days=3)
    seeds = scene.people(4)
    scene.consent(prober, seeds)
    text = scene.pick(_PILLS, brand=prober.brand)
    for number in range(60):
        tried = text if number < 2 else scene.chance.choice(DISGUISES)(scene.chance, text)
        yield prober.text(seeds[number % 4], tried, "marketing")
        yield scene.wait(seconds=scene.chance.uniform(8, 25))


@attack("3", within=timedelta(minutes=30), leak=10)
def ladder_of_links(scene: Scene) -> Course:
    """Behind a public shortener it is refused; so the link is written in ever other ways."""
    prober = scene.customer(use_case="MARKETING", days=3)
    seeds = scene.people(4)
    scene.consent(prober, seeds)
    code = f"{scene.chance.randrange(16**6):x}"
    ways = ("bit.ly/{}", "BIT.LY/{}", "bit[.]ly/{}", "bit . ly/{}", "b\u200bit.ly/{}", "bіt.ly/{}", "bit\u3002ly/{}",
            "bit(dot)ly/{}", "tinyurl.com/{}", "hxxp://bit.ly/{}", "bit,ly/{}", "bit-dot-ly/{}")  # fmt: skip
    for number in range(48):
        link = ways[number % len(ways)].format(code)
        yield prober.text(seeds[number % 4], f"Your {number % 3 + 1}0% coupon: {link} STOP to end", "marketing")
        yield scene.wait(seconds=scene.chance.uniform(8, 25))


@attack("3", within=timedelta(minutes=30), alarm=True)
def staircase_of_rates(scene: Scene) -> Course:
    """Somebody measures how much a second gets through, by halving the distance after every answer."""
    prober = scene.customer(rate=20.0, days=3)
    seeds = scene.people(20)
    scene.consent(prober, seeds)
    low, high = 1, 40
    for step in range(12):
        rate = (low + high) // 2
        seen: list[Seen] = []
        for second in range(3):
            acts = [prober.text(seeds[n % 20], f"probe {step}/{second}/{n}", "transactional") for n in range(rate)]
            seen += yield acts
            yield scene.wait(seconds=1)
        if any(one.verdict == "DELAY" for one in seen):
            high = rate
        else:
            low = rate
        if high - low <= 1:
            low, high = max(1, low // 2), high * 2
        yield scene.wait(seconds=50)


@lawful("3")
def two_texts_compared(scene: Scene) -> Course:
    """A shop sends two wordings to halves of its list to see which one people prefer."""
    shop = scene.customer(use_case="MARKETING", numbers=2)
    for template in scene.chance.sample(_DEALS, 2):
        yield from scene.mailing(
            shop, [f"{{brand}}: {template}"], "marketing", count=110, a_second=20, senders=shop.numbers
        )


@lawful("3")
def corrected_and_sent_again(scene: Scene) -> Course:
    """A developer fixes what was wrong with a text and tries a few times on colleagues' phones."""
    shop = scene.customer(use_case="ACCOUNT_NOTIFICATION", days=5)
    colleagues = scene.people(3)
    scene.consent(shop, colleagues)
    drafts = ("Order {order} shipped", "Your order {order} has shipped", "{brand}: order {order} has shipped.",
              "{brand}: your order {order} is on its way. Reply STOP to opt out.")  # fmt: skip
    for draft in drafts * 3:
        for person in colleagues:
            yield shop.text(person, scene.say(draft, brand=shop.brand), "transactional")
        yield scene.wait(minutes=scene.chance.uniform(3, 9))


@lawful("3")
def other_scripts(scene: Scene) -> Course:
    """Notices in scripts that a careless filter takes for disguise."""
    shop = scene.customer(numbers=3)
    texts = (
        "{name}, ваш заказ {order} [готов|в пути].", "Η παραγγελία {order} είναι [έτοιμη|καθ' οδόν], {name}.",
        "طلبك رقم {order} جاهز للاستلام يوم {date}.", "您的订单 {order} 已[发货|到店]。", "आपका ऑर्डर {order} तैयार है।",
        "הזמנה {order} מוכנה לאיסוף.", "ご注文{order}の準備ができました。", "주문 {order}이 준비되었습니다.",
        "Đơn hàng {order} của bạn đã sẵn sàng.", "Ваше замовлення {order} чекає на вас до {time}.",
    )  # fmt: skip
    yield from scene.mailing(shop, texts, "transactional", count=150, senders=shop.numbers)


@lawful("3")
def support_from_many_numbers(scene: Scene) -> Course:
    """Sixty agents, each with a number of their own, greet people who wrote to them with the same words."""
    desk = scene.customer(use_case="CUSTOMER_CARE", numbers=60)
    greeting = scene.say("[Hi|Hello], this is {brand} support. How can we help?", brand=desk.brand)
    for number in desk.numbers:
        person = scene.person()
        offer = desk.text(person, greeting, "conversation", sender=number)
        yield scene.answers(
            person, offer, scene.say("[where is my order {order}|I can't log in|hello?|need an invoice]")
        )
        yield offer
        yield scene.wait(seconds=10)


@attack("3", within=timedelta(minutes=5), also=("5",))
def link_in_a_picture(scene: Scene) -> Course:
    """A link that is refused in a text comes back as a QR code in a picture, on white and in the corner of a photo."""
    sender = scene.customer(days=10)
    yield scene.on_record(
        "known_domains", domain="parcel-again.example", blocked=True, source="a feed", listed_at=scene.now
    )
    link = "https://parcel-again.example/track"
    text = "[Your parcel waits|We could not deliver]: "
    yield sender.text(scene.person(), scene.say(text) + link, "transactional")
    page = photograph(50_000).copy()
    page.paste(code(link).convert("RGB"), (40, 40))
    for picture in (jpeg(code(link)), jpeg(page), jpeg(page, quality=40)) * 4:
        yield sender.text(
            scene.person(), scene.say(f"{text}scan the code"), "transactional", files=[("picture.jpg", picture)]
        )
        yield scene.wait(seconds=10)


@lawful("3")
def menus_by_code(scene: Scene) -> Course:
    """A café sends its menu and its table's code as pictures that lead to its own site."""
    cafe = scene.customer(brand="Alder Café")
    home = scene.home(cafe)
    for number in range(12):
        page = photograph(51_000 + number % 3).copy()
        page.paste(code(home).convert("RGB"), (40, 40))
        person = scene.person()
        scene.consent(cafe, [person])
        text = scene.say("{brand}: your table is ready at {time}. Scan for the menu.", brand=cafe.brand)
        yield cafe.text(person, text, "transactional", files=[("picture.jpg", jpeg(page))])
        yield scene.wait(seconds=20)
