"""The one door through which rendering may fetch: packaged files, nothing else."""

from __future__ import annotations

from typing import Any

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reports.documents.typefaces import ASSET, FONTS, ROLES

_PACKAGED = {ASSET + file: FONTS / file for role in ROLES for file in role.files}


class PackagedOnly(URLFetcher):
    """Refuses every address that is not in the fixed table of packaged files.

    The refusal is fatal on purpose: an ordinary error would leave a blank where something
    tried to fetch. `FatalURLFetchingError` is a BaseException; `pdf.render_pdf` turns it
    into `RenderingRefused`.
    """

    def __init__(self) -> None:
        super().__init__(timeout=1, allowed_protocols=(), allow_redirects=False)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        path = _PACKAGED.get(url)
        if path is None:
            self.refused.append(url)
            raise FatalURLFetchingError(f"refused {url[:80]!r}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
