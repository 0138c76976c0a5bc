"""Chromium on a live server with a real small shop."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
CHROMIUM = os.environ.get("KEEPWELL_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# Where to leave pictures of the pages; none are kept without it.
PICTURES = os.environ.get("KEEPWELL_PICTURES")
WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}


@dataclass
class Watch:
    """What must not happen on a page: console errors, failed requests, requests to other hosts."""

    origin: str
    faults: list[str] = field(default_factory=list)
    # (status, part of the address) of an answer that a journey means to get: a browser logs it as an error.
    meant: tuple[int, str] | None = None

    def on(self, page: Any) -> None:
        """Listen to a page."""
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error.stack} ({page.url})"))
        page.on("requestfailed", lambda request: self._failed(request))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", lambda response: self._answered(response))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not self._is_meant(message.location.get("url", "")):
            self.faults.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        # A page that is left while its parts still load gives these up; that is no fault.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"external: {url}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and not self._is_meant(response.url, response.status):
            self.faults.append(f"{response.status}: {response.url}")

    def _is_meant(self, url: str, status: int | None = None) -> bool:
        return self.meant is not None and self.meant[1] in url and status in (None, self.meant[0])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; fails where there is none, for who asks for these tests wants them run."""
    if not Path(CHROMIUM).exists():
        pytest.fail("no Chromium (Debian: apt-get install chromium, or set KEEPWELL_CHROMIUM)")
    # Playwright's own event loop makes Django refuse synchronous queries in this thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def live_shop(transactional_db, built_shop, settings, live_server):
    """A live server on the shop, without any account."""
    settings.KEEPWELL_HOME = str(built_shop.home)
    settings.KEEPWELL_LAKE = str(built_shop.home / "lake")
    settings.WHITENOISE_AUTOREFRESH = True
    built_shop.restore()
    return live_server


@pytest.fixture
def visit(chromium, live_shop):
    """Opens a page of a new visitor and watches it; the faults are judged at the end."""
    watches: list[Watch] = []
    contexts = []

    def open_page(
        width: str = "desk",
        theme: str = "light",
        language: str = "en",
        meant: tuple[int, str] | None = None,
    ) -> Any:
        across, down = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": across, "height": down},
            color_scheme=theme,
            locale=language,
            base_url=live_shop.url,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch = Watch(live_shop.url, meant=meant)
        watch.on(page)
        watches.append(watch)
        return page

    yield open_page
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def picture(request):
    """Leaves a picture of a page where somebody wants to look at it."""

    def take(page: Any, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.wait_for_load_state("networkidle")  # also what is drawn bit by bit
            page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)

    return take
