"""One folding of text for search and matching, the same in Python and in Postgres.

Arabic-script letters that people type interchangeably become one, marks and joiners go, digits become ASCII, case and width are
levelled. Sources: Unicode's Arabic block chart (U+0600–06FF), Urdu and Persian keyboard layouts.
"""

import re
import unicodedata

#: From → to, one code point each. Postgres uses the same two strings through translate().
PAIRS = {
    "ي": "ی", "ى": "ی", "ئ": "ی", "ې": "ی", "ۍ": "ی", "ك": "ک", "ڪ": "ک", "ۀ": "ه", "ة": "ه", "ہ": "ه",
    "ۂ": "ه", "ھ": "ه", "ە": "ه", "ۃ": "ه",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و",
    **{chr(0x0660 + n): str(n) for n in range(10)},
    **{chr(0x06F0 + n): str(n) for n in range(10)},
}  # fmt: skip
#: Diacritics, tatweel, hamza above/below, zero-width characters and direction marks are dropped.
DROPPED = "".join(
    chr(code)
    for code in (
        *range(0x0610, 0x061B), 0x061C, 0x0640, *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06DD),
        *range(0x06DF, 0x06E5), 0x06E7, 0x06E8, *range(0x06EA, 0x06EE),
        0x200B, 0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF,
    )
)  # fmt: skip
_TABLE = str.maketrans({**PAIRS, **dict.fromkeys(DROPPED)})
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """`text` as search and matching see it. Idempotent: fold(fold(x)) == fold(x)."""
    # NFKC levels width and ligatures; lower() twice around it since each may bring the other new work.
    levelled = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower().translate(_TABLE))
    return _SPACES.sub(" ", levelled.lower().translate(_TABLE)).strip()


def fold_sql() -> tuple[str, str]:
    """SQL (forwards, backwards) of `rabta_fold(text)`, the same function in the database."""
    sources, targets = "".join(PAIRS), "".join(PAIRS.values())
    step = f"translate(lower(normalize({{}}, NFKC)), '{sources}{DROPPED}', '{targets}')"
    body = f"SELECT btrim(regexp_replace({step.format(step.format('$1'))}, '\\s+', ' ', 'g'))"
    forwards = (
        "CREATE OR REPLACE FUNCTION rabta_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE "
        f"AS $fn$ {body} $fn$"
    )
    return forwards, "DROP FUNCTION IF EXISTS rabta_fold(text)"
