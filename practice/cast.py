"""The ready-made people: customers who write four languages, and one shop so that the square is never without."""

from __future__ import annotations

from typing import Any

BRAND = {
    "handle": "anarmarket", "name": "Anar Market", "bio": "Everything for the house and the road. We answer here. 🍎",
    "lang": "en", "location": "Lahore · London", "followers": 48_210, "is_brand": True, "verified": True,
    "face": "brand:anar",
}  # fmt: skip

# handle, name, language, place, followers, what they say of themselves, face (see faces.py)
PEOPLE = (
    ("daniel_okafor", "Daniel Okafor", "en", "Leeds", 512, "Maths teacher, slow runner.", "short,beard,t5,h0,c1"),
    ("marta_silva_", "Marta Silva", "en", "Bristol", 1804, "Plants, planes, pastéis de nata.", "long,t2,h2,c4"),
    ("tomwhittaker7", "Tom Whittaker", "en", "Sheffield", 231, "Weekend walker. Opinions about tents.", "cap,t1,h3,c0"),
    ("priya_nair", "Priya Nair", "en", "London", 3390, "Product person. Tea first.", "bun,glasses,t4,h0,c5"),
    ("graceadeyemi", "Grace Adeyemi", "en", "Manchester", 947, "Nurse on nights, baker by day.", "curly,t5,h0,c2"),
    ("kenji_tanaka", "Kenji Tanaka", "en", "Toronto", 15_200, "Photographs of quiet places.", "short,glasses,t2,h0,c3"),
    ("lucia_m", "Lucía Moreno", "en", "Dublin", 688, "Two kids, one bike.", "bob,t2,h1,c6"),
    ("samhargreaves", "Sam Hargreaves", "en", "York", 77, "Retired. Still building shelves.", "bald,beard,glasses,t1,h4,c7"),
    ("ayesha_khan", "عائشہ خان", "ur", "لاہور", 2240, "استاد، ماں، چائے کی شوقین", "hijab,t3,c5"),
    ("bilal_ahmad9", "بلال احمد", "ur", "کراچی", 640, "کرکٹ اور کوڈ", "short,beard,t3,h0,c1"),
    ("sana_tariq", "ثنا طارق", "ur", "اسلام آباد", 5120, "کتابیں پڑھتی ہوں، شکایتیں لکھتی ہوں 😄", "long,glasses,t3,h0,c4"),
    ("usman_ghani", "عثمان غنی", "ur", "ملتان", 310, "آموں کا کاروبار", "turban,beard,t4,h0,c2"),
    ("farah_iqbal", "فرح اقبال", "ur", "فیصل آباد", 890, "گھر سجانا میرا مشغلہ ہے", "hijab,glasses,t2,c6"),
    ("hamza_malik", "حمزہ ملک", "ur", "راولپنڈی", 455, "طالب علم", "curly,t3,h0,c0"),
    ("nasreen_bibi", "نسرین بی بی", "ur", "پشاور", 120, "سلائی کڑھائی", "hijab,t3,c3"),
    ("reza_ahmadi", "رضا احمدی", "fa", "تهران", 1730, "معمار، کوهنورد", "short,beard,t2,h0,c3"),
    ("nilou_karimi", "نیلوفر کریمی", "fa", "شیراز", 8040, "عکاسی و گلدون", "hijab,t1,c4"),
    ("arash_m", "آرش مرادی", "fa", "تبریز", 265, "قهوه‌چی", "curly,glasses,t2,h1,c1"),
    ("maryam_h", "مریم حسینی", "fa", "اصفهان", 990, "مادر دوقلوها", "hijab,glasses,t2,c0"),
    ("kaveh_s", "کاوه صادقی", "fa", "رشت", 402, "برنج، باران، دوچرخه", "cap,beard,t2,h0,c7"),
    ("parisa_n", "پریسا نوری", "fa", "مشهد", 3150, "گرافیست", "bob,t1,h2,c5"),
    ("fatima_zahra", "فاطمة الزهراء", "ar", "الرياض", 1960, "أحب البيوت المرتبة", "hijab,t3,c2"),
    ("omar_haddad", "عمر حداد", "ar", "عمّان", 720, "مهندس مدني", "short,glasses,t3,h0,c6"),
    ("layla_nasser", "ليلى ناصر", "ar", "دبي", 12_400, "سفر وقهوة", "long,t2,h0,c5"),
    ("youssef_ali", "يوسف علي", "ar", "القاهرة", 534, "مدرس لغة عربية", "short,beard,t4,h0,c0"),
    ("noura_q", "نورة القحطاني", "ar", "الدوحة", 2875, "أم لثلاثة", "hijab,glasses,t3,c7"),
)  # fmt: skip

#: The shop's mailbox: its address is the handle at practice.example (wire_mail/login.py).
ON_MAIL = ({**BRAND, "handle": "support", "network": "email"},)

#: The same shop on a Mastodon instance, and somebody who writes to it there.
ON_MASTODON = (
    {**BRAND, "handle": "anartoots", "network": "mastodon"},
    {
        "handle": "elif_fedi", "name": "Elif Kaya", "lang": "en", "location": "Leeds", "followers": 318,
        "bio": "Boosts birds.", "face": "bob,glasses,t2,h1,c6", "network": "mastodon",
    },
)  # fmt: skip

#: The same shop on Bluesky, and two of its customers there.
ON_BLUESKY = (
    {**BRAND, "handle": "anarsky", "network": "bluesky"},
    {
        "handle": "skye_marsh", "name": "Skye Marsh", "lang": "en", "location": "Glasgow", "followers": 871,
        "bio": "Clouds, mostly.", "face": "curly,t1,h2,c4", "network": "bluesky",
    },
    {
        "handle": "zoya_sheikh", "name": "زویا شیخ", "lang": "ur", "location": "لاہور", "followers": 1460,
        "bio": "نیلا آسمان، ٹھنڈی چائے", "face": "hijab,t2,c1", "network": "bluesky",
    },
)  # fmt: skip

#: And on Reddit.
ON_REDDIT = (
    {**BRAND, "handle": "anarreddit", "network": "reddit"},
    {
        "handle": "tahir_reads", "name": "Tahir Mehmood", "lang": "en", "location": "Karachi", "followers": 60,
        "bio": "Long threads, short fuse.", "face": "cap,beard,t3,h0,c2", "network": "reddit",
    },
    {
        "handle": "mahnoor_k", "name": "ماہ نور", "lang": "ur", "location": "اسلام آباد", "followers": 214,
        "bio": "سوال پہلے، رائے بعد میں", "face": "hijab,glasses,t2,c6", "network": "reddit",
    },
)  # fmt: skip

#: And on LinkedIn, where it has something to comment on once somebody plays it.
ON_LINKEDIN = (
    {**BRAND, "handle": "anaronlinkedin", "network": "linkedin"},
    {
        "handle": "saad_procure", "name": "Saad Rahman", "lang": "en", "location": "Sialkot", "followers": 905,
        "bio": "Procurement. I read the small print.", "face": "short,glasses,beard,t3,h0,c6", "network": "linkedin",
    },
)  # fmt: skip

#: And its channel on YouTube, with somebody who comments there.
ON_YOUTUBE = (
    {**BRAND, "handle": "anartube", "name": "Anar Market Videos", "network": "youtube"},
    {
        "handle": "yusra_watches", "name": "یسریٰ قاضی", "lang": "ur", "location": "ملتان", "followers": 12,
        "bio": "ویڈیو پہلے، خریداری بعد میں", "face": "hijab,glasses,t3,c4", "network": "youtube",
    },
)  # fmt: skip

#: Two branches on Google, and somebody who writes reviews.
ON_GOOGLE = (
    {**BRAND, "handle": "market_lahore", "location": "Lahore", "network": "google"},
    {**BRAND, "handle": "market_london", "location": "London", "network": "google"},
    {
        "handle": "rev_hamza", "name": "حمزہ بٹ", "lang": "ur", "location": "لاہور", "followers": 3,
        "bio": "ہر جگہ کا ایک ستارہ کم", "face": "short,beard,t3,c6", "network": "google",
    },
)  # fmt: skip

#: The same shop by telephone, and two who call it. Its id makes the number +15555550100 (wire_twilio/numbers.py).
ON_PHONE = (
    {**BRAND, "handle": "anarphone", "network": "sms", "person_id": 5_550_100},
    {
        "handle": "rosa_jimenez", "name": "Rosa Jiménez", "lang": "en", "location": "Austin", "followers": 0,
        "bio": "Prefers to call.", "face": "bob,glasses,t3,h1,c2", "network": "sms", "person_id": 5_550_111,
    },
    {
        "handle": "imran_baig", "name": "عمران بیگ", "lang": "ur", "location": "لاہور", "followers": 0,
        "bio": "میسج بہتر ہے", "face": "short,beard,t3,h0,c5", "network": "sms", "person_id": 5_550_112,
    },
)  # fmt: skip

#: Its own system, and somebody who writes to it.
AT_THE_DESK = (
    {**BRAND, "handle": "anardesk", "network": "custom"},
    {
        "handle": "desk_parvin", "name": "پروین", "lang": "fa", "location": "Shiraz", "followers": 0,
        "bio": "فرم سایت را پر می‌کند", "face": "hijab,t2,c4", "network": "custom",
    },
)  # fmt: skip

#: Its Page, its account on Instagram and its number on WhatsApp, each with somebody who writes to it. Ids of WhatsApp are numbers.
ON_META = (
    {**BRAND, "handle": "anarpage", "network": "facebook", "person_id": 7_770_100},
    {**BRAND, "handle": "anarpictures", "network": "instagram", "person_id": 7_770_200},
    {**BRAND, "handle": "anarwhats", "network": "whatsapp", "person_id": 7_770_300},
    {
        "handle": "hina_on_fb", "name": "حنا شیخ", "lang": "ur", "location": "کراچی", "followers": 231,
        "bio": "پہلے پوچھو، پھر خریدو", "face": "hijab,glasses,t3,c5", "network": "facebook",
    },
    {
        "handle": "leo_grams", "name": "Leo Marchetti", "lang": "en", "location": "Cardiff", "followers": 4210,
        "bio": "Coffee, film, repeat.", "face": "curly,beard,t2,h1,c3", "network": "instagram",
    },
    {
        "handle": "zahid_wa", "name": "زاہد محمود", "lang": "ur", "location": "سیالکوٹ", "followers": 0,
        "bio": "جواب جلدی دیں", "face": "cap,beard,t3,h0,c1", "network": "whatsapp", "person_id": 7_770_301,
    },
)  # fmt: skip

#: Its bot on Telegram, whose fixed id stands in its token, and somebody who writes to it.
ON_TELEGRAM = (
    {**BRAND, "handle": "anarontelegram", "network": "telegram", "person_id": 7_770_400},
    {
        "handle": "golnaz_tg", "name": "گلناز رستمی", "lang": "fa", "location": "تهران", "followers": 0,
        "bio": "پیام کوتاه بفرستید", "face": "bob,t2,h1,c4", "network": "telegram",
    },
)  # fmt: skip

CAST: tuple[dict[str, Any], ...] = (
    BRAND,
    *ON_MAIL,
    *ON_MASTODON,
    *ON_BLUESKY,
    *ON_REDDIT,
    *ON_LINKEDIN,
    *ON_YOUTUBE,
    *ON_GOOGLE,
    *ON_PHONE, *AT_THE_DESK,
    *ON_META,
    *ON_TELEGRAM,
    *(
        {
            "handle": handle, "name": name, "lang": lang, "location": place, "followers": followers, "bio": bio,
            "face": face,
        }
        for handle, name, lang, place, followers, bio, face in PEOPLE
    ),
)  # fmt: skip
