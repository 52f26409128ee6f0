"""Tells the heading of an item (标题句) from its text."""

from __future__ import annotations

import re

LONGEST = 40
_SENTENCE_END = re.compile("[。！？!?]")
_COLON_HEADING = re.compile(r"([^，,。；：:]{2,20})[：:](?=.)")
_INTRODUCES = re.compile(
    r"(?:以下|如下|下列|包括|包含|指|即|为|是|要求|规定|强调|指出|情形|坚持|做到)$"
)
_TRIM = " \t\u3000。．.：:；;，,、"


def split_heading(full: str) -> tuple[str, str]:
    """Heading and text of an item, from all of its text without the number.

    A heading sentence is parted from the text. Where there is none, or it is
    longer than 40 characters, the heading is the beginning of the first
    sentence and the text stays whole.
    """
    first, _, rest = full.partition("\n")
    rest = rest.strip()
    end = _SENTENCE_END.search(first)
    colon = _COLON_HEADING.match(first)
    if colon is not None and not _INTRODUCES.search(colon[1]):
        sentence, follows = colon[1], first[colon.end() :]
    elif end is not None:
        sentence, follows = first[: end.start()], first[end.end() :].lstrip("”’」』）) \t\u3000")
    else:
        sentence, follows = first, ""
    heading = sentence.strip(_TRIM)
    if len(heading) > LONGEST:
        return heading[:LONGEST], full
    text = "\n".join(part for part in (follows.strip(), rest) if part)
    return heading, text or full
