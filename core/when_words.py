"""The words for moments in English, Urdu, Persian and Arabic, for `core.when`. A phrase is tried before its words.

Folding (core.folding) makes the scripts' spellings one: what stands here may be written as its own language writes it.
"""

from core.folding import fold

Meaning = tuple[str, float]
_MONTHS = {
    "gregorian": (
        "january jan|ژانویه|جنوری|يناير|كانون_الثاني", "february feb|فوریه|فروری|فبراير|شباط", "march mar|مارس|مارچ|آذار",
        "april apr|آوریل|اپریل|أبريل|نيسان", "may|می|مئی|مايو|أيار", "june jun|ژوئن|جون|يونيو|حزيران",
        "july jul|ژوئیه جولای|جولائی|يوليو|تموز", "august aug|اوت آگوست|اگست|أغسطس|آب",
        "september sep sept|سپتامبر|ستمبر|سبتمبر|أيلول", "october oct|اکتبر|اکتوبر|أكتوبر|تشرين_الأول",
        "november nov|نوامبر|نومبر|نوفمبر|تشرين_الثاني", "december dec|دسامبر|دسمبر|ديسمبر|كانون_الأول",
    ),
    "jalali": (
        "فروردین farvardin", "اردیبهشت ordibehesht", "خرداد khordad", "تیر tir", "مرداد امرداد mordad", "شهریور shahrivar",
        "مهر mehr", "آبان aban", "آذر azar", "دی dey", "بهمن bahman", "اسفند esfand",
    ),
    "hijri": (
        "محرم muharram", "صفر safar", "ربيع_الأول ربیع_الاول ربیعالاول rabi_i", "ربيع_الآخر ربیع_الثانی ربیعالثانی rabi_ii",
        "جمادى_الأولى جمادی_الاول جمادیالاول jumada_i", "جمادى_الآخرة جمادی_الثانی جمادیالثانی jumada_ii", "رجب rajab",
        "شعبان shaban", "رمضان ramadan ramazan", "شوال shawwal", "ذو_القعدة ذوالقعدہ ذیقعده ذی_القعدہ",
        "ذو_الحجة ذوالحجہ ذیحجه ذی_الحجہ",
    ),
}  # fmt: skip
#: Calendar of a month's number: 100 for each, in this order.
CALENDAR_OF = ("gregorian", "jalali", "hijri")

_WORDS: dict[str, dict[float, str]] = {
    # Seconds of what is counted exactly; negative: days, weeks, months and years, which the calendar counts.
    "unit": {
        60: "minute minutes min mins|دقیقه|منٹ منٹوں|دقيقة دقائق",
        3600: "hour hours hr hrs h|ساعت|گھنٹہ گھنٹے گھنٹوں گھنٹا|ساعة ساعات",
        -1: "day days|روز|دن دنوں|يوم أيام يوما",
        -7: "week weeks|هفته|ہفتہ ہفتے ہفتوں|أسبوع أسابيع اسبوعا الأسبوع",
        -30: "month months|ماه|مہینہ مہینے مہینوں ماہ|شهر أشهر شهور شهرا الشهر",
        -365: "year years|سال||سنة سنوات عام السنة العام",
    },
    "half_hour": {1: "half_an_hour half_hour|نیم_ساعت نیمساعت|آدھا_گھنٹہ آدھے_گھنٹے|نصف_ساعة"},
    "two": {60: "دقيقتين دقيقتان", 3600: "ساعتين ساعتان", -1: "يومين يومان", -7: "أسبوعين أسبوعان", -30: "شهرين شهران"},
    "day": {
        0: "today|امروز|آج|اليوم",
        1: "tomorrow tmrw tmr|فردا|کل آنے_والے_کل|غدا غد بكرة",
        2: "day_after_tomorrow the_day_after_tomorrow|پس_فردا پسفردا|پرسوں|بعد_غد بعد_غدا",
    },
    "weekday": {
        0: "monday mon|دوشنبه دو_شنبه|پیر سوموار|الاثنين",
        1: "tuesday tue tues|سه‌شنبه سه_شنبه|منگل|الثلاثاء",
        2: "wednesday wed|چهارشنبه چهار_شنبه|بدھ|الأربعاء",
        3: "thursday thu thur thurs|پنجشنبه پنج‌شنبه پنج_شنبه|جمعرات|الخميس",
        4: "friday fri|جمعه|جمعہ جمعے|الجمعة",
        5: "saturday sat weekend|شنبه|سنیچر|السبت",
        6: "sunday sun|یکشنبه یک_شنبه|اتوار|الأحد",
    },
    "next": {1: "next|بعدی آینده|اگلا اگلے اگلی آئندہ|القادم القادمة المقبل المقبلة التالي التالية"},
    "number": {
        1: "one a an|یک|ایک|واحد واحدة الواحدة", 2: "two|دو||اثنين اثنان الثانية", 3: "three|سه|تین|ثلاث ثلاثة الثالثة",
        4: "four|چهار|چار|أربع أربعة الرابعة", 5: "five|پنج|پانچ|خمس خمسة الخامسة", 6: "six|شش|چھ چھے|ست ستة السادسة",
        7: "seven|هفت|سات|سبع سبعة السابعة", 8: "eight|هشت|آٹھ|ثمان ثماني ثمانية الثامنة", 9: "nine|نه|نو|تسع تسعة التاسعة",
        10: "ten|ده|دس|عشر عشرة العاشرة", 11: "eleven|یازده|گیارہ|الحادية_عشرة أحد_عشر إحدى_عشرة",
        12: "twelve|دوازده|بارہ|الثانية_عشرة اثنا_عشر اثنتا_عشرة", 15: "fifteen|پانزده|پندرہ|خمسة_عشر",
        20: "twenty|بیست|بیس|عشرين عشرون", 30: "thirty|سی|تیس|ثلاثين ثلاثون", 1.5: "ڈیڑھ", 2.5: "ڈھائی",
    },
    # What is added to the hour (or amount) that follows, and to the one before.
    "more_than": {0.5: "half_past|ساڑھے", 0.25: "quarter_past a_quarter_past|سوا", -0.25: "quarter_to a_quarter_to|پونے"},
    "and": {0.5: "and_a_half|و_نیم|و_نصف ونصف والنصف", 0.25: "and_a_quarter|و_ربع وربع والربع"},
    "half": {
        0: "am a_m|ق_ظ قبل_از_ظهر|قبل_دوپہر|ص قبل_الظهر",
        12: "pm p_m|ب_ظ||م",
    },
    # Parts of a day, by the hour that is meant where none is named.
    "part": {
        6: "dawn|بامداد سحر|فجر|فجرا الفجر",
        9: "morning in_the_morning|صبح||صباحا صباح الصباح في_الصباح",
        12: "noon midday|ظهر|دوپہر|ظهرا الظهر",
        15: "afternoon|بعد_از_ظهر بعدازظهر عصر|سہ_پہر سہپہر|بعد_الظهر عصرا العصر",
        17: "end_of_day eod end_of_the_day",
        18: "evening|غروب|شام|مساء المساء",
        21: "night|شب|رات|ليلا الليل",
        24: "midnight|نیمه_شب نیمهشب|آدھی_رات|منتصف_الليل",
    },
    "tonight": {20: "tonight|امشب||الليلة"},
    "later": {3: "later later_today|بعدا|بعد_میں|لاحقا"},
    # Says nothing by itself.
    "noise": {
        0: (
            "in at on the of by from now after within for until till this to o_clock oclock coming hence around about till_the"
            "|در تا از پس بعد دیگر دیگه این روز_بعد پس_از بعد_از|میں کو کے کی کا تک بعد بجے بجکر پر اس یہ کے_بعد وقت روز"
            "|الساعة في بعد حتى هذا هذه خلال من يوم_ تاريخ"
        )
    },
}  # fmt: skip


def _spelt(listed: str) -> list[str]:
    return [name.replace("_", " ").strip() for name in listed.replace("|", " ").split()]


def _all() -> dict[tuple[str, ...], Meaning]:
    found: dict[tuple[str, ...], Meaning] = {}
    for kind, meanings in _WORDS.items():
        for value, listed in meanings.items():
            for name in _spelt(listed):
                found.setdefault(tuple(fold(name).split()), (kind, value))
    for number, calendar in enumerate(CALENDAR_OF):
        for month, listed in enumerate(_MONTHS[calendar], start=1):
            for name in _spelt(listed):
                found.setdefault(tuple(fold(name).split()), ("month", number * 100 + month))
    return found


#: Folded words → what they mean.
PHRASES = _all()
LONGEST = max(len(words) for words in PHRASES)
#: Letters that only Urdu has, of those four: in it a week and Saturday are one word.
URDU_LETTERS = frozenset("ہےٹڈڑںھ")
URDU_WEEK = fold("ہفتہ")
PERSIAN_HOUR = fold("ساعت")
