"""What the two shops sell, and what each thing is called in each language.

A kind's words are, by language, "direct;oblique;form": form m, f, mp or fp where things have gender, s or p
elsewhere. Persian words stand with their ezafe, since the name of the range follows.
"""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_FORMS = {"m": 0, "s": 0, "f": 1, "mp": 2, "p": 2, "fp": 3}


@dataclass(frozen=True, slots=True)
class Word:
    direct: str
    oblique: str
    form: int


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    traits: frozenset[str]
    price: tuple[int, int]
    """Lowest and highest, in pounds (outdoor) or rupees (home)."""
    names: tuple[str, ...]
    words: dict[str, Word]


@dataclass(frozen=True, slots=True)
class Product:
    kind: Kind
    name: dict[str, str]
    """The range's name in each language."""
    price: int


_LANGUAGES = ("en", "ur", "ur-Latn", "fa", "fa-Latn", "ar")

# key | traits | price | names | en | ur | ur-Latn | fa | fa-Latn | ar
_OUTDOOR = """
tent | fabric parts big | 189-429 | Skylark 2,Tarn 3,Fellside 4,Plover 1 | tent;;s | ٹینٹ;;m | tent;;m | چادر;;s | chador;;s | خيمة;الخيمة;f
pack | fabric | 69-189 | Ridgeline 45,Cairn 28,Munro 60,Linnet 18 | backpack;;s | بیگ;;m | bag;;m | کوله‌پشتی;;s | koole;;s | حقيبة الظهر;;f
rain | fabric sized | 99-219 | Fellgate,Squall,Merrick | rain jacket;;s | رین جیکٹ;;f | rain jacket;;f | بادگیر;;s | badgir;;s | سترة المطر;;f
down | fabric sized | 129-249 | Hollin,Eider,Corrie | down jacket;;s | ڈاؤن جیکٹ;;f | down jacket;;f | کاپشن پر;;s | kapshan;;s | سترة الريش;;f
fleece | fabric sized | 45-89 | Drift,Burrow | fleece;;s | فلیس;;f | fleece;;f | پلار;;s | polar;;s | سترة الفليس;;f
boots | sized | 99-179 | Harrow,Stane,Beck | boots;;p | ہائیکنگ شوز;;mp | boots;;mp | کفش کوهنوردی;;s | kafsh;;s | حذاء الهايكنج;;m
bag | fabric | 89-279 | Wren,Dormouse,Barrow | sleeping bag;;s | سلیپنگ بیگ;;m | sleeping bag;;m | کیسه‌خواب;;s | kise khab;;s | كيس النوم;;m
mat | fabric | 39-119 | Marl,Heath | sleeping mat;;s | سلیپنگ میٹ;;m | sleeping mat;;m | زیرانداز;;s | zirandaz;;s | فرشة التخييم;;f
stove | parts | 45-110 | Ember,Kindle | stove;;s | چولہا;چولہے;m | stove;;m | سرشعله;;s | sarshole;;s | موقد التخييم;;m
poles | parts | 49-119 | Pike,Larch | trekking poles;;p | ٹریکنگ پولز;;mp | trekking poles;;mp | باتوم;;s | batoom;;s | عصي المشي;;f
base | fabric sized | 39-75 | Lune,Swale | base layer;;s | بیس لیئر;;f | base layer;;f | بیس‌لایر;;s | base layer;;s | الطبقة الداخلية;;f
trousers | fabric sized | 59-119 | Wharfe,Kinder | walking trousers;;p | ٹراؤزر;;m | trouser;;m | شلوار کوهنوردی;;s | shalvar;;s | بنطلون الهايكنج;;m
lamp | parts | 25-69 | Glowworm,Lantern Hill | head torch;;s | ہیڈ ٹارچ;;f | head torch;;f | هدلامپ;;s | headlamp;;s | كشاف الرأس;;m
"""

_HOME = """
sofa | big fabric parts | 65000-240000 |  | sofa set;;s | صوفہ سیٹ;صوفہ سیٹ;m | sofa set;;m | مبل;;s | mobl;;s | طقم الكنب;;m
curtain | fabric sized | 6500-28000 |  | curtains;;p | پردے;پردوں;mp | parday;pardon;mp | پردهٔ;;s | parde;;s | الستائر;;f
sheet | fabric sized | 3800-12500 |  | bed sheet;;s | بیڈ شیٹ;;f | bedsheet;;f | روتختی;;s | rootakhti;;s | مفرش السرير;;m
quilt | fabric sized | 7500-22000 |  | quilt;;s | رضائی;;f | razai;;f | لحاف;;s | lahaf;;s | اللحاف;;m
dining | big parts fragile | 78000-265000 |  | dining table;;s | ڈائننگ ٹیبل;;f | dining table;;f | میز ناهارخوری;;s | mize naharkhori;;s | طاولة الطعام;;f
coffee | parts fragile | 18000-56000 |  | coffee table;;s | سینٹر ٹیبل;;f | center table;;f | میز جلومبلی;;s | mize jelo mobli;;s | طاولة القهوة;;f
rug | fabric | 22000-185000 |  | rug;;s | قالین;;m | qaleen;;m | قالیچهٔ;;s | ghaliche;;s | السجادة;;f
cushion | fabric | 1200-4800 |  | cushion covers;;p | کشن کور;;mp | cushion covers;;mp | کوسن;;s | koosan;;s | أغطية الوسائد;;f
lamp | parts fragile | 5500-24000 |  | table lamp;;s | ٹیبل لیمپ;;m | table lamp;;m | آباژور;;s | abazhoor;;s | الأباجورة;;f
shelf | big parts | 19000-64000 |  | bookshelf;;s | بک شیلف;;f | book shelf;;f | کتابخانهٔ;;s | ketabkhoone;;s | المكتبة الخشبية;;f
bed | big parts | 72000-210000 |  | bed;;s | بیڈ;;m | bed;;m | تخت‌خواب;;s | takhte khab;;s | السرير;;m
mattress | big sized | 26000-98000 |  | mattress;;s | گدّا;گدّے;m | mattress;;m | تشک;;s | toshak;;s | المرتبة;;f
blanket | fabric | 4200-16500 |  | blanket;;s | کمبل;;m | kambal;;m | پتو;;s | patoo;;s | البطانية;;f
towel | fabric | 2200-7800 |  | towel set;;s | تولیہ سیٹ;;m | towel set;;m | ست حولهٔ;;s | sete hole;;s | طقم المناشف;;m
chairs | parts | 16000-68000 |  | chairs;;p | کرسیاں;کرسیوں;fp | kursiyan;kursiyon;fp | صندلی;;s | sandali;;s | الكراسي;;f
mirror | fragile | 9500-38000 |  | wall mirror;;s | آئینہ;آئینے;m | aaina;aainay;m | آینهٔ;;s | ayne;;s | المرآة;;f
cloth | fabric | 2400-7200 |  | tablecloth;;s | میز پوش;;m | table cover;;m | رومیزی;;s | roomizi;;s | مفرش الطاولة;;m
"""

#: The ranges of the furniture shop: en, ur, ur-Latn, fa, fa-Latn, ar.
_RANGES = """
Gulnar | گلنار | Gulnar | گلنار | Golnar | جلنار
Naseem | نسیم | Naseem | نسیم | Nasim | نسيم
Shabnam | شبنم | Shabnam | شبنم | Shabnam | شبنم
Turanj | ترنج | Turanj | ترنج | Toranj | ترنج
Mehtab | مہتاب | Mehtab | مهتاب | Mahtab | مهتاب
Firoza | فیروزہ | Feroza | فیروزه | Firooze | فيروزة
Nargis | نرگس | Nargis | نرگس | Narges | نرجس
Aaram | آرام | Aaram | آرام | Aram | آرام
Baran | باران | Baraan | باران | Baran | باران
Sahar | سحر | Sehar | سحر | Sahar | سحر
Arghavan | ارغوان | Arghwan | ارغوان | Arghavan | أرجوان
Kashan | کاشان | Kashan | کاشان | Kashan | كاشان
"""


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _kind(row: str) -> Kind:
    key, traits, price, names, *words = _cells(row)
    low, high = price.split("-")
    found: dict[str, Word] = {}
    for language, cell in zip(_LANGUAGES, words, strict=True):
        direct, oblique, form = cell.split(";")
        found[language] = Word(direct, oblique or direct, _FORMS[form])
    return Kind(key, frozenset(traits.split()), (int(low), int(high)), tuple(filter(None, names.split(","))), found)


@cache
def products(domain: str, trait: str) -> tuple[Product, ...]:
    """Everything a kind of shop sells that has a trait ("" for all), in a fixed order."""
    if domain == "outdoor":
        kinds = [_kind(row) for row in _OUTDOOR.strip().splitlines()]
        named = [(kind, dict.fromkeys(_LANGUAGES, name)) for kind in kinds for name in kind.names]
        step = 5
    else:
        kinds = [_kind(row) for row in _HOME.strip().splitlines()]
        ranges = [dict(zip(_LANGUAGES, _cells(row), strict=True)) for row in _RANGES.strip().splitlines()]
        named = [(kind, name) for kind in kinds for name in ranges]
        step = 250
    found: list[Product] = []
    for index, (kind, name) in enumerate(named):
        if trait and trait not in kind.traits:
            continue
        low, high = kind.price
        share = (index * 37 % 100) / 100
        price = low + int((high - low) * share / step) * step
        found.append(Product(kind, name, price - 1 if domain == "outdoor" and price % 5 == 0 else price))
    return tuple(found)


def named_word(product: Product, language: str, oblique: bool) -> str:
    """The product with the name of its range, in the order of the language."""
    word = product.kind.words[language]
    noun = word.oblique if oblique else word.direct
    name = product.name[language]
    if language in ("fa", "fa-Latn"):
        return f"{noun} {name}"
    if language == "ar":
        return f"{noun} «{name}»" if not name.isascii() else f"{noun} {name}"
    return f"{name} {noun}"


def bare_word(product: Product, language: str, oblique: bool) -> str:
    """The product without its range. In Persian the oblique keeps the ezafe, for "my" or a colour to follow."""
    word = product.kind.words[language]
    noun = word.oblique if oblique else word.direct
    return noun.removesuffix("\u0654") if language == "fa" and not oblique else noun
