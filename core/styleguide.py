"""The living style guide: every component, drawn by the templates and tags the screens use.

Each stands there in both directions, both themes and all four languages.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core.clock import now

#: Section id → (title, template). A new component adds its template here and stands on the page.
SECTIONS = (
    ("colours", _("Colours")),
    ("type", _("Type")),
    ("buttons", _("Buttons")),
    ("fields", _("Fields")),
    ("choices", _("Choices")),
    ("menus", _("Menus and dialogs")),
    ("faces", _("Faces and marks")),
    ("chips", _("Chips, counts, dots")),
    ("notices", _("Notices")),
    ("figures", _("Figures")),
    ("tables", _("Tables and pages")),
    ("timeline", _("Timeline")),
    ("empty", _("Empty and loading")),
    ("rows", _("List rows")),
    ("messages", _("Messages and their states")),
    ("composer", _("Composer")),
)
COLOURS = (
    "canvas",
    "surface",
    "sunken",
    "hover",
    "raised",
    "line",
    "line-strong",
    "ink",
    "ink-2",
    "ink-3",
    "accent",
    "accent-ink",
    "accent-soft",
    "good",
    "good-soft",
    "good-ink",
    "warn",
    "warn-soft",
    "warn-ink",
    "bad",
    "bad-soft",
    "bad-ink",
    "live",
    "live-soft",
    "live-ink",
    "gold",
    "rail",
)


@dataclass(frozen=True)
class Mark:
    """Stands in for a network: whatever has these three can be drawn."""

    label: str
    icon: str
    color: str


SAMPLES = (
    {
        "name": "Ayesha Khan",
        "vip": True,
        "unread": True,
        "minutes": 2,
        "chip": ("warn", _("High")),
        "text": "Is the blue one still in stock? I need it by Friday 🙏",
    },
    {
        "name": "رضا احمدی",
        "vip": False,
        "unread": True,
        "minutes": 5,
        "chip": None,
        "text": "سلام، هزینهٔ ارسال به اصفهان چقدر می‌شود؟",
    },
    {
        "name": "فاطمہ بتول",
        "vip": False,
        "unread": False,
        "minutes": 64,
        "chip": None,
        "text": "آپ کی سروس بہت اچھی ہے، بس ڈیلیوری تھوڑی دیر سے ہوئی",
    },
    {
        "name": "@k_tanaka",
        "vip": False,
        "unread": True,
        "minutes": 400,
        "chip": ("bad", _("Urgent")),
        "text": "@shop this is the third time my parcel is lost.",
    },
    {
        "name": "Noah Berg",
        "vip": False,
        "unread": False,
        "minutes": 3000,
        "chip": None,
        "text": "Thanks, that solved it.",
    },
)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Draw all components once a language. It shows no customer's data and asks no database."""
    moment = now()
    context: dict[str, Any] = {
        "sections": SECTIONS,
        "cells": [
            ("en", "ltr", "light"),
            ("fa", "rtl", "dark"),
            ("ur", "rtl", "light"),
            ("ar", "rtl", "dark"),
        ],
        "colours": COLOURS,
        "mark": Mark("X", "brand-x", "#0f1419"),
        "marks": [
            Mark("X", "brand-x", "#0f1419"),
            Mark("Facebook", "brand-facebook", "#0866ff"),
            Mark("Mastodon", "brand-mastodon", "#6364ff"),
            Mark("WhatsApp", "brand-whatsapp", "#1fa855"),
            Mark("Telegram", "brand-telegram", "#229ed9"),
            Mark("E-mail", "mail", "#5b6475"),
        ],
        "samples": [{**sample, "at": moment - timedelta(minutes=int(str(sample["minutes"])))} for sample in SAMPLES],
        "moment": moment,
        "yesterday": moment - timedelta(days=1),
        "values": [2, 3, 2, 5, 4, 6, 3, 7, 6, 4, 8, 7, 11, 9],
    }
    return render(request, "styleguide.html", context)
