"""An official paper as HTML for `styles/gbt9704.css`; clauses are of GB/T 9704-2012."""

from __future__ import annotations

from math import ceil

from reports.charts import to_svg
from reports.documents.content import (
    Annex,
    Block,
    Figure,
    Heading,
    Imprint,
    Link,
    OfficialPaper,
    Paragraph,
    SlotLine,
    Table,
)
from reports.documents.lines import chinese_date, clean, title_lines, width
from reports.documents.markup import Markup, join, tag, text, void
from reports.documents.typefaces import printable

TYPE_AREA_EM = 27.6  # 156 mm in characters of 3号
MARK_POINTS = 44.0  # the red mark's size where its name leaves it
MARK_WIDTH_POINTS = 442.0
TABLE_CHARACTERS = 36.9  # characters of 12 points across a portrait table
CELL_PADDING_CHARACTERS = 0.6
LONG_ROW = 6  # lines


def paper_html(paper: OfficialPaper, *, with_imprint: bool = False) -> str:
    """The paper, with or without its imprint at the foot of the last page."""
    title = printable(clean(paper.title)).replace("\n", "")
    head = join(
        void("meta", charset="utf-8"),
        tag("title", title),
        void("meta", name="author", content=printable(clean(paper.signature or paper.head))),
        *(
            [void("meta", name="dcterms.created", content=paper.dated.isoformat())]
            if paper.dated
            else []
        ),
    )
    body = join(
        _head(paper),
        _title(paper),
        tag("p", text(paper.addressee.rstrip("：:") + "："), class_="flush")
        if paper.addressee
        else "",
        *_blocks(paper.body),
        _attachments(paper),
        _signature(paper),
        *(_annex(paper, index, annex) for index, annex in enumerate(paper.annexes)),
        _imprint(paper, paper.foot) if paper.foot and with_imprint else "",
    )
    return _page(head, tag("div", body, class_="letterform") if paper.form == "letter" else body)


def imprint_page_html(
    paper: OfficialPaper, imprint: Imprint, *, after_page: int, after_blank: bool
) -> str:
    """The imprint on a page of its own behind the text's last page.

    `after_blank` puts a blank page between, for the imprint to stand on the back of a
    sheet; neither page is then numbered (7.5).
    """
    side = "even" if after_page % 2 else "odd"
    kind = "unnumbered" if after_blank else side
    return _page(
        tag("style", f"@page :first{{counter-reset:page {after_page:d};counter-increment:page}}"),
        join(
            tag("section", "", class_="blanksheet") if after_blank else "",
            tag("section", _imprint(paper, imprint), class_=f"imprint-{kind}"),
        ),
    )


def _page(head: Markup, body: Markup) -> str:
    return "<!doctype html>" + tag("html", tag("head", head), tag("body", body), lang="zh-CN")


def _head(paper: OfficialPaper) -> Markup:
    """版头 (7.2): the red mark on one line, 发文字号, the red rule."""
    if not paper.head:
        return tag("div", tag("div", "", class_="blank"), class_="nohead")
    mark = clean(paper.head).replace("\n", "")
    points = mark_points(mark)
    red = tag("div", text(mark), class_="mark", style=f"font-size:{points}pt")
    if paper.form == "letter":
        return join(
            tag("div", "", class_="footrule"),
            red,
            tag("div", "", class_="doublerule"),
            tag("p", text(paper.number), class_="number"),
        )
    if paper.form == "bulletin":
        day = chinese_date(paper.dated) if paper.dated else ""
        return join(
            red,
            tag("p", text(paper.number), class_="number"),
            tag(
                "div",
                tag("span", text(paper.signature)),
                tag("span", text(day)),
                class_="byline",
            ),
            tag("div", "", class_="redrule"),
        )
    return join(
        red,
        tag("p", text(paper.number), class_="number"),
        tag("div", "", class_="redrule"),
    )


def mark_points(mark: str) -> float:
    """The size at which the red mark stays on one line; 44 points where it may."""
    fitting = int(MARK_WIDTH_POINTS / (max(width(mark), 1) * 1.02) * 2) / 2
    return min(MARK_POINTS, max(fitting, 6.0))


def _title(paper: OfficialPaper) -> Markup:
    """标题 (7.3.1): two blank lines below the red rule, one above what follows."""
    lines = title_lines(paper.title)
    return join(
        tag("div", "", class_="blank") if not paper.head else tag("div", "", class_="blank two"),
        tag("h1", _title_breaks(lines)),
        tag("div", "", class_="blank"),
    )


def _title_breaks(lines: list[str]) -> Markup:
    pieces: list[str] = []
    for line in lines:
        pieces += [void("br"), text(line)] if pieces else [text(line)]
    return join(*pieces)


def _blocks(blocks: tuple[Block, ...]) -> list[Markup]:
    return [_block(block) for block in blocks]


def _block(block: Block) -> Markup:
    if isinstance(block, Heading):
        rest = linked(block.run_on, block.links)
        run_on = tag("span", rest, class_="fang") if block.run_on else ""
        # A heading sentence with its text is a paragraph: it may end a page.
        return tag(
            "p" if run_on else f"h{block.level + 1}",
            text(block.text),
            run_on,
            class_=f"indent level{block.level}",
        )
    if isinstance(block, Paragraph):
        return tag("p", linked(block.text, block.links), class_="indent")
    if isinstance(block, SlotLine):
        return tag("p", text(block.text), class_="indent slot")
    if isinstance(block, Figure):
        return _figure(block)
    return _table(block)


def linked(value: str, links: tuple[Link, ...]) -> Markup:
    """The text with its links, which look like the text around them."""
    pieces: list[str] = []
    at = 0
    for link in links:
        pieces += [
            text(value[at : link.start]),
            tag("a", text(value[link.start : link.end]), href=f"#{link.to}"),
        ]
        at = link.end
    return join(*pieces, text(value[at:]))


def _figure(figure: Figure) -> Markup:
    drawn = to_svg(figure.drawing, family="LHei, GHei, FHei", printable=_of_a_drawing)
    return tag("figure", Markup(drawn), tag("figcaption", text(figure.caption)), class_="drawing")


def _of_a_drawing(value: str) -> str:
    return printable(clean(value)).replace("\n", "")


def _table(table: Table) -> Markup:
    whole = sum(column.width for column in table.columns)
    columns = (
        void("col", style=f"width:{column.width / whole * 100:.3f}%") for column in table.columns
    )
    across = str(len(table.columns))
    rows: list[Markup] = []
    has_long = False
    nothing = ("",) * len(table.rows)
    named = zip(table.rows, table.anchors or nothing, table.links or nothing, strict=True)
    for row, anchor, to in named:
        if isinstance(row, str):
            cell = tag("td", text(row), colspan=across, class_="across")
            rows.append(tag("tr", cell, class_="group", id=anchor))
            continue
        cells = list(zip(row, table.columns, strict=True))
        lines = max(_cell_lines(c, k.width / whole) for c, k in cells)
        inside = [text(c) for c, _ in cells]
        if to:
            inside[0] = tag("a", inside[0], href=f"#{to}")
        columns_of = (tag("td", c, class_=k.align) for c, (_, k) in zip(inside, cells, strict=True))
        is_long = lines > LONG_ROW
        rows.append(tag("tr", *columns_of, class_="long" if is_long else "", id=anchor))
        has_long |= is_long
    heads = (tag("th", text(column.heading)) for column in table.columns)
    return tag(
        "table",
        tag("colgroup", *columns),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        tag("tfoot", tag("tr", tag("td", "", colspan=across))) if has_long else "",
    )


def _cell_lines(value: str, share: float) -> int:
    """About how many lines a cell takes that has this share of a portrait table's width."""
    fitting = max(share * TABLE_CHARACTERS - CELL_PADDING_CHARACTERS, 1)
    return sum(max(ceil(width(line) / fitting), 1) for line in value.split("\n"))


def _attachments(paper: OfficialPaper) -> Markup:
    """附件说明 (7.3.4): one blank line below the text, later lines under the name."""
    names = paper.attachment_names
    if not names:
        return Markup("")
    if len(names) == 1:
        return tag("p", "附件：", text(names[0]), class_="attachment first only")
    many = " many" if len(names) > 9 else ""
    return join(
        *(
            tag(
                "p",
                tag("span", "附件：" if number == 1 else "", class_="word"),
                tag("span", f"{number}.", class_="ordinal"),
                text(name),
                class_="attachment" + (" first" if number == 1 else "") + many,
            )
            for number, name in enumerate(names, 1)
        )
    )


def _signature(paper: OfficialPaper) -> Markup:
    """署名, 成文日期 (7.3.5) and 附注 (7.3.6), never parted, nor from the text before."""
    if paper.form == "bulletin":
        return tag("p", "（", text(paper.note), "）", class_="indent") if paper.note else Markup("")
    if not (paper.signature or paper.dated or paper.note):
        return Markup("")
    name = clean(paper.signature)
    day = chinese_date(paper.dated) if paper.dated else ""
    name_indent, day_indent = signature_indents(width(name), width(day), sealed=paper.sealed)
    return tag(
        "div",
        _indented(name, name_indent) if name else "",
        _indented(day, day_indent) if day else "",
        tag("p", "（", text(paper.note), "）", class_="indent") if paper.note else "",
        class_="signature sealed" if paper.sealed else "signature",
    )


def signature_indents(name: float, day: float, *, sealed: bool) -> tuple[float, float]:
    """How many characters 署名 and 成文日期 stand in from the right edge (7.3.5.1–2).

    Sealed: the date four, the name centred over it. Unsealed: the name two, the date's
    first character two to the right of the name's; if the date is the longer, the date
    two and the name as much more.
    """
    if sealed:
        return max(0.0, 4 - (name - day) / 2), 4.0
    if day > name:
        return 4 + day - name, 2.0
    return 2.0, max(0.0, name - day)


def _indented(value: str, characters: float) -> Markup:
    return tag("p", text(value), class_="right", style=f"padding-right:{characters * 0.987:.3f}em")


def _annex(paper: OfficialPaper, index: int, annex: Annex) -> Markup:
    """附件 (7.3.7): a new page, its name on the first line, its title on the third."""
    return tag(
        "section",
        tag("p", paper.annex_label(index), class_="annexname"),
        tag("div", "", class_="blank"),
        tag("h1", _title_breaks(title_lines(annex.title, limit=28 if annex.landscape else 20))),
        tag("div", "", class_="blank"),
        *_blocks(annex.body),
        class_="annex wide" if annex.landscape else "annex",
    )


def _imprint(paper: OfficialPaper, imprint: Imprint) -> Markup:
    """版记 (7.4): 抄送, 印发机关 and 印发日期 between the rules; of a letter 抄送 alone (10.1)."""
    copies = clean(imprint.copies_to).rstrip("。")
    if paper.form == "letter":
        row = tag("div", "抄送：", text(copies), "。", class_="row copies")
        return tag("div", tag("div", row, class_="unruled"), class_="imprint")
    rows = join(
        tag("div", "抄送：", text(copies), "。", class_="row copies") if copies else "",
        tag(
            "div",
            tag("span", text(imprint.issuer)),
            tag("span", chinese_date(imprint.issued_on), "印发"),
            class_="row issuer",
        ),
    )
    return tag("div", tag("div", rows, class_="ruled"), class_="imprint")
