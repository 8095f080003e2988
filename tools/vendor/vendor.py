"""Copy the listed third-party files into static/vendor/, build the icon sprite and write the manifest.

    cd tools/vendor && npm ci --ignore-scripts && python3 vendor.py   # update the copies
    python3 tools/vendor/vendor.py --check                            # do the copies match the manifest?

Standard library only. Nobody who only runs Rabta needs this or npm: the copies are committed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
TARGET = HERE.parent.parent / "static" / "vendor"
MANIFEST = TARGET / "manifest.json"

# package -> files to copy: (path inside the package, path below static/vendor/)
COPIES: dict[str, list[tuple[str, str]]] = {
    "htmx.org": [
        ("dist/htmx.min.js", "htmx/htmx.min.js"),
        ("LICENSE", "htmx/LICENSE"),
    ],
    "@fontsource-variable/inter": [
        ("files/inter-latin-wght-normal.woff2", "inter/inter-latin.woff2"),
        ("files/inter-latin-ext-wght-normal.woff2", "inter/inter-latin-ext.woff2"),
        ("LICENSE", "inter/LICENSE"),
    ],
    "@fontsource-variable/vazirmatn": [
        ("files/vazirmatn-arabic-wght-normal.woff2", "vazirmatn/vazirmatn-arabic.woff2"),
        ("LICENSE", "vazirmatn/LICENSE"),
    ],
    "@fontsource/noto-nastaliq-urdu": [
        ("files/noto-nastaliq-urdu-arabic-400-normal.woff2", "noto-nastaliq-urdu/nastaliq-arabic.woff2"),
        ("LICENSE", "noto-nastaliq-urdu/LICENSE"),
    ],
    "@tabler/icons": [("LICENSE", "tabler/LICENSE")],
    # Names of emoji in the languages of our screens; `emoji_files` writes what the composer reads of them.
    "cldr-annotations-full": [("LICENSE", "emoji/LICENSE-CLDR")],
    "unicode-emoji-json": [("LICENSE", "emoji/LICENSE-UNICODE-EMOJI-JSON")],
    # Only the tests load it, to look for barriers on our pages; no page does.
    "axe-core": [
        ("axe.min.js", "axe-core/axe.min.js"),
        ("LICENSE", "axe-core/LICENSE"),
        ("LICENSE-3RD-PARTY.txt", "axe-core/LICENSE-3RD-PARTY.txt"),
    ],
}
SPRITE = "tabler/sprite.svg"
EMOJI_LANGUAGES = ("en", "ur", "fa", "ar")
EMOJI_SOURCES = ("unicode-emoji-json", "cldr-annotations-full", "cldr-annotations-derived-full")
#: Further words kept of each emoji, and bytes a language may have: a page loads them when somebody types the first colon.
EMOJI_WORDS, EMOJI_BYTES = 5, 150_000
ROOT_TAG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
EMPTY_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def listed_icons() -> list[tuple[str, str, str]]:
    """Read icons.txt: (file name, style folder, symbol id) for each icon of the sprite."""
    icons = []
    for line in (HERE / "icons.txt").read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if words:
            style = words[1] if len(words) > 1 else "outline"
            icons.append((words[0], style, words[2] if len(words) > 2 else words[0]))
    return icons


def sprite_text() -> str:
    """One SVG with a <symbol> per icon. Stroke width is left to CSS: one drawing serves several sizes."""
    symbols = []
    for name, style, symbol_id in listed_icons():
        source = MODULES / "@tabler" / "icons" / "icons" / style / f"{name}.svg"
        if not source.exists():
            raise SystemExit(f"icons.txt: no {style} icon named {name!r} in @tabler/icons")
        found = ROOT_TAG.search(source.read_text(encoding="utf-8"))
        if found is None:
            raise SystemExit(f"{source.name}: not a single <svg> element")
        body = " ".join(EMPTY_BOX.sub("", found.group(1)).split()).replace("> <", "><")
        paint = (
            'fill="currentColor"'
            if style == "filled"
            else 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
        )
        symbols.append(f'<symbol id="{symbol_id}" viewBox="0 0 24 24" {paint}>{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def emoji_text(language: str) -> str:
    """The emoji in their usual order as JSON rows: the emoji, its name, and other words people look for it by."""
    order = json.loads((MODULES / "unicode-emoji-json" / "data-ordered-emoji.json").read_text(encoding="utf-8"))
    told: dict[str, dict[str, list[str]]] = {}
    for package, folder, root in (
        ("cldr-annotations-derived-full", "annotationsDerived", "annotationsDerived"),
        ("cldr-annotations-full", "annotations", "annotations"),
    ):
        path = MODULES / package / folder / language / "annotations.json"
        told |= json.loads(path.read_text(encoding="utf-8"))[root]["annotations"]
    rows = []
    for emoji in order:
        # CLDR leaves the variation selector out.
        about = told.get(emoji.replace("\ufe0f", "")) or told[emoji]
        name = about["tts"][0]
        words = dict.fromkeys(word for phrase in about.get("default", []) for word in phrase.split() if len(word) > 1)
        rows.append([emoji, name, " ".join([word for word in words if word not in name.split()][:EMOJI_WORDS])])
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows) + "\n]\n"


def emoji_files() -> dict[str, dict[str, str]]:
    """Write the emoji of each language; returns their lines of the manifest."""
    about = [json.loads((MODULES / package / "package.json").read_text(encoding="utf-8")) for package in EMOJI_SOURCES]
    entries = {}
    for language in EMOJI_LANGUAGES:
        path = TARGET / "emoji" / f"{language}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(emoji_text(language), encoding="utf-8")
        if path.stat().st_size > EMOJI_BYTES:
            raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; at most {EMOJI_BYTES}")
        entries[f"emoji/{language}.json"] = {
            "package": ", ".join(f"{each['name']}@{each['version']}" for each in about),
            "file": f"order of unicode-emoji-json, names and words of CLDR annotations ({language})",
            "licence": " AND ".join(dict.fromkeys(each["license"] for each in about)),
            "sha256": digest(path),
        }
    return entries


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_all() -> None:
    """Replace static/vendor/ by fresh copies and record where each file came from."""
    if not MODULES.is_dir():
        raise SystemExit("no node_modules here: run `npm ci --ignore-scripts` in tools/vendor first")
    shutil.rmtree(TARGET, ignore_errors=True)
    entries: dict[str, dict[str, str]] = {}
    for package, files in COPIES.items():
        about = json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))
        for source, place in files:
            path = TARGET / place
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(MODULES / package / source, path)
            entries[place] = {
                "package": f"{package}@{about['version']}",
                "file": source,
                "licence": about["license"],
                "sha256": digest(path),
            }
    entries |= emoji_files()
    (TARGET / SPRITE).write_text(sprite_text(), encoding="utf-8")
    icons = json.loads((MODULES / "@tabler/icons/package.json").read_text(encoding="utf-8"))
    entries[SPRITE] = {
        "package": f"@tabler/icons@{icons['version']}",
        "file": "icons listed in tools/vendor/icons.txt",
        "licence": icons["license"],
        "sha256": digest(TARGET / SPRITE),
    }
    MANIFEST.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    size = sum((TARGET / place).stat().st_size for place in entries)
    print(f"{len(entries)} files, {size // 1024} kB in static/vendor/")


def problems() -> list[str]:
    """What differs between static/vendor/ and its manifest; empty when all is as recorded."""
    entries = json.loads(MANIFEST.read_text(encoding="utf-8"))
    found = []
    for place, entry in entries.items():
        if not (TARGET / place).is_file():
            found.append(f"{place}: listed in the manifest, missing on disk")
        elif digest(TARGET / place) != entry["sha256"]:
            found.append(f"{place}: changed since it was copied from {entry['package']}")
    on_disk = {str(p.relative_to(TARGET)) for p in TARGET.rglob("*") if p.is_file()} - {MANIFEST.name}
    found += [f"{place}: not in the manifest" for place in sorted(on_disk - set(entries))]
    return found


def main() -> int:
    """Command line door."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of copying")
    if not parser.parse_args().check:
        copy_all()
        return 0
    found = problems()
    print("\n".join(found) or "static/vendor/ matches its manifest")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
