"""What waits for the first demo workspace on every network but X: the shop's accounts there, its customers, and what they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# ruff: noqa: E501 - people's own words are read whole

SHOP = "Meridian Outdoor"
#: What the chat of its own pages is called.
SITE = "Meridian Website"
MAILBOX = "hello@meridianoutdoor.example"
BOT_ID, NUMBER_ID = 5_550_210, 5_550_310
#: Telephone numbers are made from ids (practice/wire_twilio/numbers.py): the shop's is +15555550150.
LINE_ID = 5_550_150
APP = {"access_token": "{token}", "app_secret": "{secret}", "verify_token": "practice"}
#: Our door is not open yet when the practice network is told of it.
UNASKED: Mapping[str, Any] = {"ask": False}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of one network. `who` is a handle, by mail an address, on the blog only a name for here."""

    who: str
    name: str
    lang: str
    place: str = ""
    bio: str = ""
    face: str = ""
    number: int | None = None
    """The id they must have; None when any will do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody said. `who` is empty where the shop speaks."""

    who: str
    minutes: int
    """How long ago."""
    text: str
    key: str = ""
    under: str = ""
    """The key of what it answers."""
    private: bool = False
    stars: int | None = None
    subject: str = ""
    """A mail's, or the title of a post on the blog."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One network: our account there, and who says what. Lines stand in their order of time."""

    network: str
    account: str
    credentials: Mapping[str, str]
    """What a person would type into the form. Names in braces: `account`, its `id`, a fresh `token` and `refresh` token, the `secret`
    of the practice network's app, the `practice` network's address."""
    name: str = SHOP
    """What the account is called there: told apart in a list without its icon."""
    guests: tuple[Guest, ...] = ()
    lines: tuple[Line, ...] = ()
    missed_calls: tuple[tuple[str, int], ...] = ()
    """Who rang, how many minutes ago."""
    number: int | None = None
    """The id our account must have."""
    place: Literal["square", "mail", "blog"] = "square"
    """Where customers speak: only on the square they and we are people of the practice network."""
    direct_posts: bool = False
    """Whether private words are posts that only those named see."""
    renews: bool = False
    """Whether the token is renewed; the others are given for years."""
    bell: str = ""
    """Where the practice network is told whom to call, and what is said there beside the address."""
    bell_words: Mapping[str, Any] = field(default_factory=dict)
    only_calls: bool = False
    """Whether nothing can be asked for: what was said is handed over as the network's calls would."""


SCENES: tuple[Scene, ...] = (
    Scene(
        "mastodon", "meridianfedi", {"instance": "chowk.test", "access_token": "{token}"},
        name="Meridian Fediverse",
        direct_posts=True,
        guests=(
            Guest("fellwanderer", "Orla Brennan", "en", "Kendal", "Fells, fiddles, Free Software.", "curly,t1,h1,c2"),
            Guest("sahra_gasht", "سحر کاویانی", "fa", "Manchester", "کوه، کتاب، کمی کد", "hijab,glasses,t2,c4"),
        ),
        lines=(
            Line("fellwanderer", 45, "@meridianfedi do you still sell spare pole sections for the Tarn 3? One of mine "
                 "split on Helvellyn last night and I'd rather mend than buy new."),
            Line("sahra_gasht", 4, "@meridianfedi سلام، شماره سفارشم MO-48213 است و آدرسم عوض شده. قبل از ارسال می‌توانید درستش کنید؟",
                 private=True),
        ),
    ),
    Scene(
        "bluesky", "meridiansky", {"handle": "{account}.chowk.test", "app_password": "prac-tice-chow-kkkk"},
        name="Meridian Sky",
        guests=(
            Guest("peakbagger_jo", "Jo Ashdown", "en", "Matlock", "214 Wainwrights. Yes, I count.", "cap,t1,h3,c0"),
            Guest("hanan_trails", "حنان الكندي", "ar", "لندن", "أمشي أكثر مما أتكلم", "hijab,t3,c5"),
        ),
        lines=(
            Line("peakbagger_jo", 48, "@meridiansky the zip on my new Squall jacket gave up on its second outing. Is that a warranty "
                 "thing or a me thing?"),
            Line("hanan_trails", 12, "@meridiansky هل يصلح كيس النوم الجديد لدرجة خمس تحت الصفر؟ رحلتنا بعد أسبوعين."),
        ),
    ),
    Scene(
        "telegram", "meridian_bot", {"token": "{token}"}, number=BOT_ID,
        name="Meridian Bot",
        guests=(
            Guest("mehdi_kooh", "مهدی شریفی", "fa", "Leeds", "", "short,beard,t2,h0,c3"),
            Guest("anna_petrel", "Anna Petrel", "en", "Inverness", "", "bob,t1,h2,c6"),
        ),
        lines=(
            Line("mehdi_kooh", 81, "سلام، کفش کوهم یک شماره کوچک است. تعویض رایگان است یا هزینه پست با خودم است؟", private=True),
            Line("mehdi_kooh", 79, "هنوز بیرون نپوشیده‌امش، جعبه‌اش هم هست.", private=True),
            Line("anna_petrel", 5, "@meridian_bot is the Inverness shop open on Sunday? Your page says two different things."),
        ),
    ),
    Scene(
        "facebook", "meridianpage", {"page_id": "{id}", **APP}, bell="/graph/{account}/hook", bell_words=UNASKED,
        name="Meridian Page",
        guests=(
            Guest("denise_fb", "Denise Holroyd", "en", "Bradford", "", "long,glasses,t1,h4,c3"),
            Guest("shahid_fb", "شاہد محمود", "ur", "بریڈفورڈ", "", "short,beard,t3,h0,c1"),
            Guest("mags_fb", "Magdalena Wójcik", "en", "Hull", "", "bun,t1,h2,c7"),
        ),
        lines=(
            Line("", 134, "The winter catalogue is out: lighter tents, warmer bags, and boots you can have resoled.", key="news"),
            Line("denise_fb", 72, "Lovely, but I ordered from the autumn one three weeks ago and still nothing. Order MO-47790.",
                 under="news"),
            Line("shahid_fb", 30, "کیا جوتوں کے تلوے بدلوانے کے لیے دکان پر آنا ضروری ہے یا ڈاک سے بھی بھیج سکتے ہیں؟", under="news"),
            Line("mags_fb", 11, "Hi! I sent the Glowworm head torch back on Monday. When will I see the refund?", private=True),
        ),
    ),
    Scene(
        "instagram", "meridiangram", APP, bell="/graph/{account}/hook", bell_words=UNASKED,
        name="Meridian Pictures",
        guests=(
            Guest("ridge_light", "Theo Marsh", "en", "Keswick", "", "short,glasses,t2,h1,c4"),
            Guest("noor_outdoors", "نور الهاشمي", "ar", "دبي", "", "hijab,t3,c2"),
        ),
        lines=(
            Line("", 161, "First frost on Striding Edge. Which layer do you reach for?", key="frost"),
            Line("ridge_light", 43, "The green Hollin down jacket! Is it coming back in medium?", under="frost"),
            Line("noor_outdoors", 2, "مرحباً، هل تشحنون الخيام إلى دبي؟ وكم تستغرق؟", private=True),
        ),
    ),
    Scene(
        "whatsapp", "meridianwhats", {"phone_number_id": "{id}", **APP}, bell="/graph/{account}/hook", bell_words=UNASKED,
        name="Meridian Messages",
        only_calls=True, number=NUMBER_ID,
        guests=(
            Guest("wa_rukhsana", "رخسانہ پروین", "ur", "برمنگھم", "", "hijab,glasses,t3,c6", number=5_550_311),
            Guest("wa_elliot", "Elliot Crane", "en", "Bristol", "", "cap,beard,t1,h3,c5", number=5_550_312),
        ),
        lines=(
            Line("wa_rukhsana", 13, "السلام علیکم، بچوں کی بارش والی جیکٹ کا سائز بدلنا ہے۔ رسید موبائل پر ہے، چلے گی؟", private=True),
            Line("wa_elliot", 1, "Courier says delivered, doorstep says otherwise. MO-48102, can you look?", private=True),
        ),
    ),
    Scene(
        "email", MAILBOX, {"address": "{account}", "password": "practice", "sender_name": SHOP},
        place="mail",
        guests=(
            Guest("h.lindqvist@post.example", "Hedda Lindqvist", "en"),
            Guest("kamran.aziz@mail.example", "کامران عزیز", "ur"),
        ),
        lines=(
            Line("h.lindqvist@post.example", 68, "Hello,\n\nour scout group needs fourteen two-person tents and as many mats by the "
                 "second week of March. Is there a price for groups, and could you deliver to Skipton?\n\nKind regards\nHedda Lindqvist",
                 subject="Tents for a scout group"),
            Line("kamran.aziz@mail.example", 7, "السلام علیکم،\n\nآرڈر MO-47955 میں چولہے کے ساتھ گیس کا اڈاپٹر نہیں آیا۔ ہم ہفتے کو نکل "
                 "رہے ہیں، کیا جمعے تک پہنچ سکتا ہے؟\n\nشکریہ\nکامران", subject="آرڈر MO-47955: اڈاپٹر نہیں ملا"),
        ),
    ),
    Scene(
        "sms", "meridianphone", {"number": f"+1555{LINE_ID:07d}", "account_sid": f"AC{LINE_ID:032x}", "auth_token": "{token}"},
        name="Meridian Phone",
        bell="/phone/{account}/hook", number=LINE_ID,
        guests=(
            Guest("tel_gwen", "Gwen Pritchard", "en", "Bangor", number=5_550_151),
            Guest("tel_farhad", "فرهاد نیک‌پور", "fa", "Leeds", number=5_550_152),
        ),
        lines=(
            Line("tel_gwen", 40, "Your text says collect today but gives no shop. Which one is it? G Pritchard MO-48077", private=True),
            Line("tel_farhad", 9, "سلام، چادر رزرو کرده‌ام ولی دیر می‌رسم. تا ساعت هفت نگهش می‌دارید؟", private=True),
        ),
        missed_calls=(("tel_gwen", 14),),
    ),
    Scene(
        "reddit", "meridianreddit", {"client_id": "practice-script", "client_secret": "practice-secret", "subreddits": "chowk", "username": "{account}", "password": "practice"},
        name="Meridian Threads",
        guests=(
            Guest("scree_runner", "Scree Runner", "en", "Ambleside", "Downhill is the point.", "short,t2,h2,c0"),
            Guest("gear_nurse", "Gear Nurse", "en", "Cardiff", "I mend what you tear.", "bun,glasses,t1,h1,c4"),
        ),
        lines=(
            Line("scree_runner", 64, "Anyone had a Meridian Fellgate re-proofed?\nThey quoted me six weeks. Is that normal at this time of "
                 "year, or should I do it myself?", key="shell"),
            Line("gear_nurse", 37, "Six weeks is the autumn queue. u/meridianreddit used to post the current times, maybe they can "
                 "say?", under="shell"),
            Line("gear_nurse", 6, "Hi, the repair page lists seam tape as in stock but the basket refuses it. Can somebody check?",
                 private=True),
        ),
    ),
    Scene(
        "linkedin", "meridianlinkin", {"access_token": "practice-linkedin-{account}"},
        name="Meridian Trade",
        guests=(
            Guest("ingrid_buys", "Ingrid Solheim", "en", "Oslo", "Procurement, outdoor education.", "long,t1,h2,c3"),
            Guest("faisal_ops", "فیصل رانا", "ur", "لاہور", "آپریشنز مینیجر", "short,glasses,t3,h0,c1"),
        ),
        lines=(
            Line("", 183, "We now rent out whole expedition kits to schools and clubs across Britain and Norway.", key="rent"),
            Line("ingrid_buys", 47, "Interesting. Is there a framework agreement for public schools, and who is the contact?",
                 under="rent"),
            Line("faisal_ops", 10, "بہت عمدہ قدم۔ کیا پاکستان میں کسی شراکت دار کے ساتھ یہی سہولت ممکن ہے؟", under="rent"),
        ),
    ),
    Scene(
        "youtube", "meridiantube", {"access_token": "{token}", "refresh_token": "{refresh}"},
        name="Meridian Films",
        renews=True,
        guests=(
            Guest("campstove_kid", "Campstove Kid", "en", "Stirling", "", "curly,t4,h0,c6"),
            Guest("shirin_safar", "شیرین سفر", "fa", "شیراز", "", "bob,t2,h1,c5"),
        ),
        lines=(
            Line("", 219, "How to pitch a tent alone in strong wind", key="pitch"),
            Line("campstove_kid", 28, "At 4:10 you peg the lee side first. Isn't that the wrong way round?", under="pitch"),
            Line("shirin_safar", 8, "خیلی مفید بود. می‌شود زیرنویس فارسی هم بگذارید؟", under="pitch"),
        ),
    ),
    Scene(
        "google", "meridianleeds", {"access_token": "{token}", "refresh_token": "{refresh}", "location": "accounts/100000001/locations/{id}"},
        name="Meridian Leeds", renews=True, bell="/google/push", bell_words={"topic": "projects/practice/topics/reviews"},
        guests=(
            Guest("rev_barnaby", "Barnaby Stokes", "en", "Leeds", "", "bald,beard,t1,h4,c2"),
            Guest("rev_zainab", "زينب المنصوري", "ar", "ليدز", "", "hijab,glasses,t2,c7"),
        ),
        lines=(
            Line("rev_barnaby", 72, "@meridianleeds Waited forty minutes for a boot fitting I had booked. The fitting itself was good.",
                 stars=2),
            Line("rev_zainab", 3, "@meridianleeds موظفون لطفاء وشرحوا لي كل شيء، لكن قسم الأطفال صغير جداً.", stars=4),
        ),
    ),
    Scene(
        "feed", "/blog/", {"address": "{practice}{account}"},
        place="blog",
        guests=(Guest("Wendy", "Wendy", "en"), Guest("Hassan", "حسن", "ur")),
        lines=(
            Line("Wendy", 86, "Pegs bent, seams dry, neighbours jealous. The only complaint: Meridian's bag of spare parts has no list "
                 "of what is in it.", key="weekend", subject="A wet weekend with a Meridian tent"),
            Line("Hassan", 13, "میرے خیمے کے ساتھ بھی فہرست نہیں تھی۔ کیا کمپنی والے یہ پڑھتے ہیں؟", under="weekend"),
        ),
    ),
    Scene(
        "custom", "meridiankiosk", {"name": "{account}", "secret": "{token}", "address": "https://desk.chowk.test/rabta/{account}"},
        name="Meridian Kiosk",
        bell="/desk/{account}/hook",
        guests=(
            Guest("kiosk_bryn", "Bryn Hughes", "en", "Bangor"),
            Guest("kiosk_mahsa", "مهسا رستمی", "fa", "Leeds"),
        ),
        lines=(
            Line("kiosk_bryn", 52, "Typed at the shop kiosk: the fitting room mirror on floor two is cracked, somebody will cut themselves.",
                 private=True),
            Line("kiosk_mahsa", 11, "از فرم سایت: سفارش MO-48290 را می‌خواهم به جای شنبه، دوشنبه تحویل بگیرم. می‌شود؟", private=True),
        ),
    ),
)  # fmt: skip
