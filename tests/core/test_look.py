"""The look keeps its promises: readable colours, a clean content policy, files that are what they say."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
INKS = ("ink", "ink-2", "ink-3")
#: (ink, paper, least contrast): 4.5 for text, 3 for what only has to be seen (WCAG 2.2, 1.4.3 and 1.4.11).
PAIRS = [
    *((ink, paper, 4.5) for ink in INKS for paper in ("canvas", "surface", "sunken", "hover", "raised")),
    *((ink, "accent-soft", 4.5) for ink in (*INKS, "accent-ink")),
    *(("accent-ink", paper, 4.5) for paper in ("canvas", "surface", "sunken")),
    ("on-accent", "accent", 4.5), ("on-accent", "accent-hover", 4.5), ("on-bubble-out", "bubble-out", 4.5),
    *((f"{tone}-ink", f"{tone}-soft", 4.5) for tone in ("good", "warn", "bad", "live", "plum")),
    *((f"{tone}-ink", paper, 4.5) for tone in ("good", "warn", "bad", "live") for paper in ("surface", "canvas")),
    ("on-bad", "bad", 4.5), ("rail-ink", "rail", 4.5), ("on-rail", "rail-active", 4.5),
    *((line, "surface", 3) for line in ("line-strong", "accent", "bad", "good", "live")),
]  # fmt: skip
TOKEN = re.compile(r"--([\w-]+):\s*(light-dark\(.*\)|oklch\([^)]*\));")
OKLCH = re.compile(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)")


def tokens() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Name → (light, dark), each as lightness, chroma, hue."""
    found = {}
    for name, value in TOKEN.findall((ROOT / "static/css/tokens.css").read_text(encoding="utf-8")):
        colours = [tuple(float(part) for part in match) for match in OKLCH.findall(value)]
        if colours:
            found[name] = (colours[0], colours[-1])
    return found


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance of an OKLCH colour, clipped to sRGB as a screen would. Matrices: CSS Color 4, section 10.6."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long, middle, short = (
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(max(part, 0.0), 1.0) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_it_is_readable(theme: int) -> None:
    known = tokens()
    too_faint = []
    for ink, paper, least in PAIRS:
        first, second = luminance(known[ink][theme]), luminance(known[paper][theme])
        ratio = (max(first, second) + 0.05) / (min(first, second) + 0.05)
        if ratio < least:
            too_faint.append(f"--{ink} on --{paper}: {ratio:.2f}, wants {least}")
    assert not too_faint, "\n".join(too_faint)


def test_every_colour_used_is_defined() -> None:
    sheets = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)
    defined = set(re.findall(r"(--[\w-]+)\s*:", sheets))
    used = set(re.findall(r"var\((--[\w-]+)\)", sheets))
    assert used - defined == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_it_obeys_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text), "style attributes are refused by the content security policy"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline handlers are refused by the content security policy"
    assert "<style" not in text
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, f"inline script: {tag}"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_it_has_no_left_or_right(path: Path) -> None:
    """One sheet serves both directions, so only logical properties; what may stay physical is named here."""
    allowed = re.compile(r"background-position|text-align|translate|radial-gradient|linear-gradient")
    wrong = [
        line.strip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(margin|padding|border)-(left|right)|\b(left|right)\s*:|\bfloat:", line)
        and not allowed.search(line)
    ]
    assert wrong == []


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = (ROOT / "static/vendor/tabler/sprite.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = {
        name for path in TEMPLATES for name in re.findall(r"{%\s*icon\s+\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    assert used, "the search found no icon at all"
    assert used - drawn == set()


def test_vendored_files_are_as_recorded() -> None:
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools/vendor/vendor.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
