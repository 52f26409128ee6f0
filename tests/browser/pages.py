"""Looking at pages: what went wrong on them, accessibility, pictures for the guide."""

from __future__ import annotations

import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Page, Request, WebError

TOP = Path(__file__).resolve().parents[2]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', function (e) {
  window.reportPolicyViolation(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile);
});
"""


class Watch:
    """Errors on the console, violations of the policy, requests to other hosts."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.allowed: list[re.Pattern[str]] = []

    def expected(self, pattern: str) -> None:
        """This may appear, such as the 409 of a conflict that the test provokes."""
        self.allowed.append(re.compile(pattern))

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.seen.append(f"console: {message.text} ({where})")

    def page_error(self, error: WebError) -> None:
        self.seen.append(f"script: {error.error}")

    def policy_violated(self, _source: object, told: str) -> None:
        self.seen.append(f"policy: {told}")

    def request(self, request: Request, host: str) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
            self.seen.append(f"another host: {request.url}")

    def wrong(self) -> list[str]:
        """What was seen and not expected."""
        return [line for line in self.seen if not any(p.search(line) for p in self.allowed)]


@cache
def axe_source() -> str:
    """axe-core as its Python package ships it; nothing is fetched."""
    folder = Path(axe_playwright_python.__file__).parent
    return next(folder.rglob("axe.min.js")).read_text(encoding="utf-8")


def axe(page: Page, *, within: str | None = None) -> None:
    """Assert that axe finds nothing on the page, or within the element `within` (a selector)."""
    page.wait_for_load_state("load")
    # By evaluate, not by a script element: the page's policy allows none.
    page.evaluate(axe_source())
    found: list[dict[str, Any]] = page.evaluate(
        """([within, tags]) => axe.run(within || document, {
            runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
        }).then(result => result.violations)""",
        [within, AXE_TAGS],
    )
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    "
        + "\n    ".join(node["html"][:160] for node in rule["nodes"][:5])
        for rule in found
    ]
    assert not told, f"axe on {page.url}:\n" + "\n".join(told)


def shot(page: Page, name: str, *, full_page: bool = False, guide: bool = False) -> Path:
    """A picture of the page, in a folder of the run; `guide`: the guide's, when PORTAL_SHOTS=1.

    Only pages of invented papers may go to the guide.
    """
    if is_for_guide := guide and os.environ.get("PORTAL_SHOTS") == "1":
        folder = TOP / "docs" / "guide" / "img"
    else:
        folder = Path(tempfile.gettempdir()) / "portal-shots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    # Neither a blinking caret nor a half-done transition: the same page, the same picture.
    page.screenshot(path=path, full_page=full_page, animations="disabled", caret="hide")
    if is_for_guide:
        reduce(path)
    return path


def reduce(path: Path) -> None:
    """Store a picture of a page in 128 colours: a third of the size, and nobody sees it."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def no_sideways_scroll(page: Page) -> None:
    """Assert that the page itself does not scroll sideways (wide tables scroll in a box)."""
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide"
