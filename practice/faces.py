"""Simple, distinctive faces drawn as SVG from a few words, so that people are told apart at a glance.

A face is a comma-separated list: hair (short, curly, long, bob, bun, cap, hijab, turban, bald), beard, glasses,
t0 to t5 (skin), h0 to h4 (hair colour), c0 to c7 (clothes and background); `brand:<word>` draws an emblem. Anything
else is taken as a seed, so every imported person gets a face that is always the same.
"""

from __future__ import annotations

import hashlib
import random
from html import escape

SKIN = ("#ffe3cd", "#f7cfae", "#e8b58c", "#c98f63", "#9c6440", "#6d4129")
HAIR = ("#22191a", "#4b2e20", "#8a5a33", "#c9923f", "#cfcac4")
CLOTH = ("#1f7a6d", "#2f5fa8", "#a8442f", "#6b4fa3", "#c2407a", "#d98a1f", "#3f7f3a", "#4a5a68")
GROUND = ("#cfeae4", "#d5e3f7", "#f6d9d0", "#e3daf5", "#f8d6e4", "#fbe6c3", "#d9edd3", "#dde4ea")
STYLES = ("short", "curly", "long", "bob", "bun", "cap", "hijab", "turban", "bald")


def read(face: str) -> dict[str, str | int | bool]:
    """The parts of a face; whatever is not said is drawn from the text itself, the same each time."""
    dice = random.Random(hashlib.sha256(face.encode()).digest())
    parts: dict[str, str | int | bool] = {
        "style": dice.choice(STYLES), "t": dice.randrange(6), "h": dice.randrange(5), "c": dice.randrange(8),
        "beard": dice.random() < 0.25, "glasses": dice.random() < 0.3,
    }  # fmt: skip
    words = face.split(",")
    if words[0] in STYLES:
        parts |= {"style": words[0], "beard": "beard" in words, "glasses": "glasses" in words}
        for word in words[1:]:
            if len(word) == 2 and word[0] in "thc" and word[1].isdigit():
                parts[word[0]] = int(word[1])
    if parts["style"] in ("hijab", "long", "bob", "bun"):
        parts["beard"] = False
    return parts


def draw(face: str, name: str) -> str:
    """An SVG of 96 by 96 with the person's name as its title."""
    if face.startswith("brand:"):
        return emblem(face.removeprefix("brand:"), name)
    parts = read(face)
    skin = SKIN[int(parts["t"]) % len(SKIN)]
    hair = HAIR[int(parts["h"]) % len(HAIR)]
    cloth, ground = CLOTH[int(parts["c"]) % len(CLOTH)], GROUND[int(parts["c"]) % len(GROUND)]
    style = parts["style"]
    back, front = hair_shapes(str(style), hair, cloth)
    body = f'<path d="M12 96c2-20 17-29 36-29s34 9 36 29z" fill="{cloth}"/><path d="M39 60h18v11c0 5-18 5-18 0z" fill="{skin}"/>'
    head = f'<ellipse cx="48" cy="43" rx="19.5" ry="23" fill="{skin}"/>'
    beard = ""
    if parts["beard"]:
        beard = f'<path d="M29 44c0 17 8 25 19 25s19-8 19-25c-3 8-6 9-9 9-4-3-16-3-20 0-3 0-6-1-9-9z" fill="{hair}"/>'
    eyes = '<circle cx="40.5" cy="43" r="2.3" fill="#231f20"/><circle cx="55.5" cy="43" r="2.3" fill="#231f20"/>'
    brows = (
        f'<path d="M36 37.5q4.500-3 8.500 0M51.500 37.500q4.500-3 8.500 0" stroke="{hair}" stroke-width="2"'
        ' fill="none" stroke-linecap="round"/>'
    )
    mouth = '<path d="M42 55.500q6 5 12 0" stroke="#9a3b34" stroke-width="2.200" fill="none" stroke-linecap="round"/>'
    glasses = ""
    if parts["glasses"]:
        glasses = (
            '<g fill="none" stroke="#2a2a33" stroke-width="1.800"><circle cx="40" cy="43" r="6.500"/>'
            '<circle cx="56" cy="43" r="6.500"/><path d="M46.500 42q1.500-1.500 3 0M33.500 42l-4-1.500M62.500 42l4-1.500"/></g>'
        )
    return frame(name, ground, back + body + head + beard + eyes + brows + mouth + front + glasses)


def hair_shapes(style: str, hair: str, cloth: str) -> tuple[str, str]:
    """What is drawn behind the head and in front of it."""
    cap = f'<path d="M28 40c-1-17 8-24 20-24s21 7 20 24c-2-8-6-12-9-13-7 3-16 3-22 0-4 2-7 6-9 13z" fill="{hair}"/>'
    if style == "short":
        return "", cap
    if style == "curly":
        puffs = "".join(
            f'<circle cx="{x}" cy="{y}" r="8" fill="{hair}"/>'
            for x, y in ((30, 33), (34, 23), (43, 18), (53, 18), (62, 23), (66, 33), (29, 42), (67, 42))
        )
        return puffs, ""
    if style == "long":
        return f'<path d="M25 76c-2-40 1-60 23-60s25 20 23 60z" fill="{hair}"/>', cap
    if style == "bob":
        return f'<path d="M25 56c-2-28 3-40 23-40s25 12 23 40q-4 4-8 2V34H33v24q-4 2-8-2z" fill="{hair}"/>', cap
    if style == "bun":
        return f'<circle cx="48" cy="13" r="9" fill="{hair}"/>', cap
    if style == "cap":
        return "", (
            f'<path d="M28 35c0-14 9-20 20-20s20 6 20 20q-20-6-40 0z" fill="{cloth}"/>'
            f'<path d="M27 36q22-8 50 1-1 4-8 3-22-6-41-1z" fill="{cloth}" stroke="#00000033"/>'
        )
    if style == "hijab":
        return "", (
            f'<path fill-rule="evenodd" d="M48 11c-21 0-27 17-26 37 1 16-4 22-8 33 12 8 56 8 68 0-4-11-9-17-8-33'
            f' 1-20-5-37-26-37zm0 12c11 0 17 8 17 20s-7 22-17 22-17-10-17-22 6-20 17-20z" fill="{cloth}"/>'
            '<path d="M31 70q17 11 34 0" stroke="#ffffff55" stroke-width="2" fill="none"/>'
        )
    if style == "turban":
        return "", (
            f'<path d="M25 36c-3-16 8-25 23-25s26 9 23 25q-5-8-23-8t-23 8z" fill="{cloth}"/>'
            '<path d="M28 27q20-12 40 2M27 33q16-14 36-15" stroke="#ffffff66" stroke-width="2.200" fill="none"/>'
        )
    return "", f'<path d="M28 44c-1-6 0-9 2-13M68 44c1-6 0-9-2-13" stroke="{hair}" stroke-width="4" fill="none"/>'


def emblem(word: str, name: str) -> str:
    """A brand's emblem: an eight-pointed star of the square's tiles with the brand's first letter."""
    dice = random.Random(hashlib.sha256(word.encode()).digest())
    shade = CLOTH[2] if word == "anar" else dice.choice(CLOTH)
    letter = escape(next((c for c in name if c.isalnum()), "•"))
    square = '<rect x="22" y="22" width="52" height="52" rx="4"'
    star = f'<g fill="{shade}">{square}/>{square} transform="rotate(45 48 48)"/></g>'
    text = (
        f'<text x="48" y="50" text-anchor="middle" dominant-baseline="central" font-family="Georgia, serif"'
        f' font-size="38" font-weight="700" fill="#fff8ec">{letter}</text>'
    )
    return frame(
        name,
        "#fff3dd",
        star + '<circle cx="48" cy="48" r="25" fill="none" stroke="#ffffff66" stroke-width="2"/>' + text,
    )


def frame(name: str, ground: str, inside: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96" role="img">'
        f'<title>{escape(name)}</title><rect width="96" height="96" fill="{ground}"/>{inside}</svg>'
    )
