"""The two demo workspaces: who they are, who works there, who writes to them."""

from __future__ import annotations

from demo.places import PLACES
from demo.shapes import Market, Staff, WorkspacePlan

MERIDIAN = WorkspacePlan(
    slug="meridian",
    name="Meridian Outdoor",
    names={
        "en": "Meridian Outdoor",
        "ur": "Meridian Outdoor",
        "fa": "مریدین",
        "ar": "ميريديان",
        "ur-Latn": "Meridian",
        "fa-Latn": "Meridian",
    },
    domain="outdoor",
    order_prefix="MO",
    website="meridianoutdoor.example",
    hashtags={
        "en": ("#MeridianOutdoor", "#GetOutside", "#wildcamping", "#hiking"),
        "ur": ("#ہائیکنگ", "#MeridianOutdoor"),
        "fa": ("#کوهنوردی", "#طبیعت_گردی"),
        "ar": ("#تخييم", "#كشتات", "#هايكنج"),
        "ur-Latn": ("#MeridianOutdoor", "#hiking"),
        "fa-Latn": ("#koohnavardi",),
    },
    accounts={"meridianout": "Meridian Outdoor", "meridianhelp": "Meridian Help"},
    other_account_share=0.2,
    markets=(
        Market("en", "britain", "meridianhelp", 0.66, "en"),
        Market("en", "america", "meridianhelp", 0.15, "en"),
        Market("ar", "gulf", "meridianhelp", 0.07, "ar"),
        Market("ur", "britain", "meridianhelp", 0.03, "ur"),
        Market("ur", "pakistan", "meridianhelp", 0.02, "ur"),
        Market("ur-Latn", "britain", "meridianhelp", 0.01, "ur-Latn"),
        Market("fa", "britain", "meridianhelp", 0.05, "fa"),
        Market("fa-Latn", "britain", "meridianhelp", 0.01, "fa"),
    ),
    places=PLACES,
    staff=(
        Staff(
            "tess", "Tess Hallam", {"en": "Tess"}, "tess@meridianoutdoor.example",
            "admin", "support", "britain", "f",
        ),
        Staff(
            "gareth", "Gareth Pugh",
            {"en": "Gareth", "ar": "غاريث", "ur": "گیرتھ", "ur-Latn": "Gareth", "fa": "گرت"},
            "gareth@meridianoutdoor.example",
            "supervisor", "support", "britain", "m",
        ),
        Staff(
            "priya", "Priya Raman", {"en": "Priya"}, "priya@meridianoutdoor.example",
            "agent", "support", "britain", "f",
        ),
        Staff(
            "callum", "Callum Reid", {"en": "Callum"}, "callum@meridianoutdoor.example",
            "agent", "orders", "britain", "m",
        ),
        Staff(
            "yasmin", "Yasmin Haddad", {"en": "Yasmin", "ar": "ياسمين"}, "yasmin@meridianoutdoor.example",
            "agent", "support", "britain", "f",
        ),
        Staff(
            "navid", "Navid Rahimi", {"en": "Navid", "fa": "نوید", "fa-Latn": "Navid"},
            "navid@meridianoutdoor.example", "agent", "orders", "britain", "m",
        ),
        Staff(
            "saira", "Saira Malik", {"en": "Saira", "ur": "سائرہ", "ur-Latn": "Saira"},
            "saira@meridianoutdoor.example", "agent", "orders", "britain", "f",
        ),
        Staff(
            "joe", "Joe Bramwell", {"en": "Joe", "ar": "جو", "ur": "جو", "fa": "جو", "ur-Latn": "Joe"},
            "joe@meridianoutdoor.example", "sales", "sales", "britain", "m",
        ),
    ),
    launch_days_ago=17,
)  # fmt: skip

ZARRIN = WorkspacePlan(
    slug="zarrin",
    name="زرین ہوم",
    names={
        "en": "Zarrin Home",
        "ur": "زرین ہوم",
        "fa": "زرین هوم",
        "ar": "زرين هوم",
        "ur-Latn": "Zarrin Home",
        "fa-Latn": "Zarrin Home",
    },
    domain="home",
    order_prefix="ZH",
    website="zarrinhome.example",
    hashtags={
        "en": ("#ZarrinHome", "#homedecor"),
        "ur": ("#زرین_ہوم", "#گھر_کی_سجاوٹ"),
        "fa": ("#زرین_هوم", "#دکوراسیون", "#خانه_من"),
        "ar": ("#زرين_هوم", "#ديكور"),
        "ur-Latn": ("#ZarrinHome",),
        "fa-Latn": ("#ZarrinHome", "#dekorasion"),
    },
    accounts={"zarrinhome_pk": "زرین ہوم پاکستان", "zarrinhome_ir": "زرین هوم ایران"},
    other_account_share=0.0,
    markets=(
        Market("ur", "pakistan", "zarrinhome_pk", 0.44, "ur"),
        Market("ur-Latn", "pakistan", "zarrinhome_pk", 0.1, "ur-Latn"),
        Market("en", "pakistan", "zarrinhome_pk", 0.04, "en"),
        Market("ar", "gulf", "zarrinhome_pk", 0.04, "ar"),
        Market("fa", "iran", "zarrinhome_ir", 0.34, "fa"),
        Market("fa-Latn", "iran", "zarrinhome_ir", 0.04, "fa"),
    ),
    places=PLACES,
    staff=(
        Staff(
            "rabia", "رابعہ صدیقی", {"ur": "رابعہ", "en": "Rabia", "ur-Latn": "Rabia"},
            "rabia@zarrinhome.example", "admin", "support", "pakistan", "f",
        ),
        Staff(
            "kamran", "کامران بٹ", {"ur": "کامران", "en": "Kamran", "ur-Latn": "Kamran", "ar": "كامران"},
            "kamran@zarrinhome.example", "supervisor", "support", "pakistan", "m",
        ),
        Staff(
            "sana", "ثنا یوسف", {"ur": "ثنا", "en": "Sana", "ur-Latn": "Sana"},
            "sana@zarrinhome.example", "agent", "support", "pakistan", "f",
        ),
        Staff(
            "bilal", "بلال احمد قریشی", {"ur": "بلال", "en": "Bilal", "ur-Latn": "Bilal", "ar": "بلال"},
            "bilal@zarrinhome.example", "agent", "orders", "pakistan", "m",
        ),
        Staff(
            "hina", "حنا فاطمہ", {"ur": "حنا", "en": "Hina", "ur-Latn": "Hina", "ar": "حنا"},
            "hina@zarrinhome.example", "agent", "orders", "pakistan", "f",
        ),
        Staff(
            "maryam", "مریم کاظمی", {"fa": "مریم"}, "maryam@zarrinhome.example",
            "supervisor", "support", "iran", "f",
        ),
        Staff(
            "arash", "آرش محمدی", {"fa": "آرش"}, "arash@zarrinhome.example",
            "agent", "orders", "iran", "m",
        ),
        Staff(
            "niloofar", "نیلوفر احمدی", {"fa": "نیلوفر"}, "niloofar@zarrinhome.example",
            "agent", "support", "iran", "f",
        ),
        Staff(
            "usman", "عثمان چغتائی",
            {"ur": "عثمان", "en": "Usman", "ur-Latn": "Usman", "ar": "عثمان"},
            "usman@zarrinhome.example", "sales", "sales", "pakistan", "m",
        ),
        Staff(
            "peyman", "پیمان رستگار", {"fa": "پیمان"}, "peyman@zarrinhome.example",
            "sales", "sales", "iran", "m",
        ),
    ),
    launch_days_ago=15,
)  # fmt: skip

PLANS = {plan.slug: plan for plan in (MERIDIAN, ZARRIN)}
