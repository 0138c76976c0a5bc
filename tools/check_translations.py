"""Extracts every string anew and compares it with the catalogues; exits 1 where something is wrong.

Wrong is: a string without a translation, a fuzzy one, one that nothing uses any more, placeholders or tags
that differ, characters of the other script. Needs xgettext (Debian: gettext).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "keepwell"
LANGUAGES = {"zh_Hans": "gb2312", "zh_Hant": "big5hkscs"}
# The parts of other packages that people see; their own catalogues count first.
DJANGO_CATALOGUES = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/humanize")
UNFOLD_LEFT_OUT = ("contrib", "templates/unfold_crispy")
FOREIGN = ("of django-unfold", "of Django")  # kept for other releases of these packages, so may be unused
NOT_WORDS = {"DATETIME_FORMAT", "DATE_FORMAT"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*\}|</?\w+[^>]*>")
CJK = re.compile(r"[\u3400-\u9fff]")
Key = tuple[str | None, str]


def key(message: Message) -> Key:
    """What gettext looks a message up by."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def messages(catalogue: Catalog) -> Iterator[Message]:
    """Every message but the header."""
    return (message for message in catalogue if message.id)


def read(path: Path, locale: str | None = None) -> Catalog:
    """A catalogue from its file."""
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def extract(source: Path, leave_out: tuple[str, ...] = ()) -> Catalog:
    """The strings of a copy of `source`; the working tree is not touched."""
    with tempfile.TemporaryDirectory(prefix="keepwell-messages-") as folder:
        copy = Path(folder) / source.name
        shutil.copytree(
            source, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "locale", "*.js", "*.mo")
        )
        for name in leave_out:
            shutil.rmtree(copy / name, ignore_errors=True)
        (copy / "locale").mkdir()
        # English has two plural forms, as the sources do.
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "makemessages",
                "-l",
                "en",
                "--no-wrap",
                "--add-location",
                "file",
            ],
            cwd=copy,
            env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return read(copy / "locale" / "en" / "LC_MESSAGES" / "django.po")


def translated_by_django(language: str) -> set[Key]:
    """What Django's own catalogues say in `language`."""
    import django

    found: set[Key] = set()
    for part in DJANGO_CATALOGUES:
        path = Path(django.__file__).parent / part / "locale" / language / "LC_MESSAGES" / "django.mo"
        from babel.messages.mofile import read_mo

        with path.open("rb") as file:
            found |= {key(message) for message in messages(read_mo(file))}
    return found


def unfold_folder() -> Path:
    """Where the shell is installed."""
    import unfold

    return Path(unfold.__file__).parent


def texts(message: Message) -> list[str]:
    """The translations of a message."""
    string = message.string
    return [string] if isinstance(string, str) else list(string)


def faults(message: Message, charset: str) -> Iterator[str]:
    """What is wrong with one translated message."""
    given = texts(message)
    if not all(given):
        yield "no translation"
        return
    if message.fuzzy:
        yield "fuzzy"
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = sorted(set(PLACEHOLDER.findall(sources[-1])))
    for text in given:
        if sorted(set(PLACEHOLDER.findall(text))) != wanted:
            yield f"placeholders differ: {text!r}"
        foreign = [sign for sign in CJK.findall(text) if not encodes(sign, charset)]
        if foreign:
            yield f"characters of the other script: {''.join(foreign)}"


def encodes(sign: str, charset: str) -> bool:
    """Whether the script's own character set knows `sign`."""
    try:
        sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def check(language: str, ours: Catalog, shell: Catalog) -> list[str]:
    """Everything that is wrong with one catalogue."""
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"
    catalogue = read(path, language)
    known = {key(message): message for message in messages(catalogue)}
    from_django = translated_by_django(language)
    used = {key(message) for message in messages(ours)}
    of_shell = {key(message) for message in messages(shell)} - from_django
    wrong = []
    for wanted in sorted((used | of_shell) - set(known), key=str):
        if wanted[1] not in NOT_WORDS:
            wrong.append(f"{wanted}: not in the catalogue")
    for name, message in known.items():
        wrong += [f"{name}: {fault}" for fault in faults(message, LANGUAGES[language])]
        if name not in used and name not in of_shell and not set(message.auto_comments) & set(FOREIGN):
            wrong.append(f"{name}: nothing uses it any more")
    wrong += [
        f"{name}: marked as obsolete, but used"
        for name in map(key, catalogue.obsolete.values())
        if name in used
    ]
    return [f"{path.relative_to(ROOT)}: {fault}" for fault in wrong]


def main() -> int:
    """Check all catalogues; 0 where they are whole."""
    if shutil.which("xgettext") is None:
        print("xgettext is missing; install gettext (Debian: apt-get install gettext)", file=sys.stderr)
        return 2
    ours = extract(PACKAGE)
    shell = extract(unfold_folder(), UNFOLD_LEFT_OUT)
    filters = extract(unfold_folder() / "contrib" / "filters")
    for message in messages(filters):
        shell.add(message.id, context=message.context)
    wrong = [fault for language in LANGUAGES for fault in check(language, ours, shell)]
    for fault in wrong:
        print(fault)
    total = sum(1 for _message in messages(ours))
    print(f"{total} strings, {len(LANGUAGES)} languages, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
