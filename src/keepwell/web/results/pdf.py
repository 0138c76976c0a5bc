"""Results of plays as a document: words, charts drawn as shapes, tables; in every language of the pages.

Chinese is set in the CID fonts that every reader of PDF knows (STSong for 简体, MSung for 繁體): the file
stays small and no font has to be shipped with it; a reader takes the like-named font of its machine.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from keepwell.plays.experiments.contracts import PlayView
from keepwell.plays.experiments.measured import PlayResults, Verdict
from keepwell.plays.experiments.outcomes import GroupLift
from keepwell.plays.learning.contracts import Savings
from keepwell.web import formats
from keepwell.web.results import shown, words

INK, SUBTLE, LINE = colors.HexColor("#1f2a33"), colors.HexColor("#5b6873"), colors.HexColor("#dfe4e8")
# What is not sure stays the colour of ink.
COLOUR = {Verdict.BETTER: colors.HexColor("#186c52"), Verdict.WORSE: colors.HexColor("#a52820")}
PALETTE = [colors.HexColor(one) for one in ("#d98a1c", "#33414d", "#0f766e", "#4338a0", "#c98a5a", "#7b9bb3")]
WIDTH = A4[0] - 36 * mm
FONTS = {"zh-hans": "STSong-Light", "zh-hant": "MSung-Light"}
LATIN = "Helvetica"
# Signs outside Latin-1 that the Chinese fonts lack in one of their encodings.
PLAIN = str.maketrans({"−": "-", "…": "...", "–": "-"})


def font_of(text: str = "") -> str:
    """The font of the active language; Latin text alone stays in the built-in one."""
    language = translation.get_language() or "en"
    if language not in FONTS and _latin(text):
        return LATIN
    name = FONTS.get(language, "STSong-Light")
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


def _latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def play_report(play: PlayView, found: PlayResults, tables: dict[str, tuple[GroupLift, ...]]) -> io.BytesIO:
    """The results of one play."""
    names = words.names(play)
    title = _("Results of “%(play)s”") % {"play": play.name}
    story: list[Any] = [_text(title, 16), _text(words.sentence(found, play), 12), Spacer(1, 4)]
    if not found.members:
        return _document(title, story)
    story.append(_text(words.status(found), 9, SUBTLE))
    story.append(
        _text(
            _("Known up to %(as_of)s; days counted after the lot: %(days)s; members: %(members)s.")
            % {
                "as_of": formats.exact(found.as_of),
                "days": found.outcome_days,
                "members": formats.number(found.members),
            },
            9,
            SUBTLE,
        )
    )
    story += [Spacer(1, 8), _text(_("How each figure differs from the control"), 11), forest(found, names)]
    story += [Spacer(1, 8), _text(shown.again_title(found, names), 11), curve(found, names)]
    story.append(_part(_("What was measured"), _metrics(found, names)))
    story.append(_part(_("What it brought"), _worth(found, names)))
    story.append(_part(_("What must not get worse"), _guards(found, names)))
    for table in shown.group_tables(tables):
        rows = [
            [
                row["name"],
                row["treated"],
                row["control"],
                row["difference"],
                f"{row['low']} ... {row['high']}",
                row["verdict"],
            ]
            for row in table["rows"]
        ]
        head = [
            pgettext("play", "Group"),
            _("Treated"),
            _("Control"),
            _("Difference"),
            _("Interval"),
            _("Verdict"),
        ]
        story.append(_part(table["title"], _table(head, rows, (0.26, 0.13, 0.13, 0.14, 0.2, 0.14))))
    return _document(title, story)


def savings_report(
    found: Savings, sentences: Sequence[str], rows: Sequence[dict[str, Any]], lots: Mapping[str, Any]
) -> io.BytesIO:
    """What all plays of a month did, and its journeys and mailings (`lifts.savings.context`)."""
    title = _("What plays saved, %(month)s") % {"month": f"{found.since:%Y-%m}"}
    story: list[Any] = [_text(title, 16), *(_text(one, 12) for one in sentences), Spacer(1, 8)]
    if rows:
        head = [
            _("Play"),
            _("Owner"),
            _("Treated"),
            _("Customers kept"),
            _("Cost"),
            _("More margin, less cost"),
            _("Verdict"),
        ]
        body = [
            [
                row["name"],
                row["owner"],
                formats.number(row["treated"]),
                row["kept"],
                row["cost"],
                row["margin"],
                row["verdict"],
            ]
            for row in rows
        ]
        story.append(_table(head, body, (0.2, 0.11, 0.09, 0.18, 0.1, 0.2, 0.12)))
    if lots["rows"]:
        said = _("What journeys and mailings did")
        story += [Spacer(1, 12), _text(said, 14), *(_text(one, 12) for one in lots["sentences"])]
        story += [Spacer(1, 8), _lots(lots["rows"])]
    return _document(title, story)


def _lots(rows: Sequence[dict[str, Any]]) -> Table:
    head = [
        _("Journey or mailing"),
        _("Treated"),
        _("of them in the sum"),
        _("Customers kept"),
        _("Cost"),
        _("More margin, less cost"),
        _("Verdict"),
    ]
    body = [
        [
            row["name"],
            formats.number(row["treated"]),
            formats.number(row["once"]),
            row["kept"],
            row["cost"],
            formats.listed(row["margins"]),
            row["verdict"],
        ]
        for row in rows
    ]
    return _table(head, body, (0.22, 0.09, 0.09, 0.18, 0.1, 0.2, 0.12))


def _document(title: str, story: list[Any]) -> io.BytesIO:
    file = io.BytesIO()
    made = _("Made on %(date)s") % {"date": shown.stamp()}

    def foot(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(font_of(made), 8)
        canvas.setFillColor(SUBTLE)
        canvas.drawString(18 * mm, 10 * mm, made.translate(PLAIN))
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, str(document.page))
        canvas.restoreState()

    margins = {"leftMargin": 18 * mm, "rightMargin": 18 * mm, "topMargin": 16 * mm, "bottomMargin": 18 * mm}
    report = SimpleDocTemplate(
        file, pagesize=A4, title=title, author="Keepwell", lang=translation.get_language() or "en", **margins
    )
    report.build(story, onFirstPage=foot, onLaterPages=foot)
    file.seek(0)
    return file


def _part(title: str, table: Table) -> KeepTogether:
    """A table that is never parted from its title."""
    return KeepTogether([Spacer(1, 8), _text(title, 12), table])


def _text(text: Any, size: float, colour: Any = INK, align: int = 0) -> Paragraph:
    plain = str(text).translate(PLAIN)
    style = ParagraphStyle(
        "text",
        fontName=font_of(plain),
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        alignment=align,
        wordWrap="CJK" if not _latin(plain) else None,
    )
    return Paragraph(escape(plain), style)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], shares: Sequence[float]) -> Table:
    body = [[_text(cell, 8, SUBTLE, 2 if place else 0) for place, cell in enumerate(head)]]
    body += [[_text(cell, 8.5, INK, 2 if place else 0) for place, cell in enumerate(row)] for row in rows]
    table = Table(body, colWidths=[share * WIDTH for share in shares], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _metrics(found: PlayResults, names: dict[str, str]) -> Table:
    head = [
        _("Figure"),
        pgettext("play", "Group"),
        _("This group"),
        _("Control"),
        _("Difference"),
        _("Interval"),
        _("Verdict"),
    ]
    rows = [
        [
            row["metric"],
            row["arm"],
            f"{row['treated']} ({formats.number(row['treated_units'])})",
            f"{row['control']} ({formats.number(row['control_units'])})",
            row["difference"],
            f"{row['low']} ... {row['high']}",
            row["verdict"],
        ]
        for row in shown.metric_rows(found, names)
    ]
    return _table(head, rows, (0.2, 0.12, 0.14, 0.14, 0.11, 0.17, 0.12))


def _worth(found: PlayResults, names: dict[str, str]) -> Table:
    head = [
        pgettext("play", "Group"),
        _("Members"),
        _("Customers kept"),
        _("More revenue"),
        _("Cost"),
        _("More margin, less cost"),
    ]
    rows = [
        [row["arm"], formats.number(row["members"]), row["kept"], row["revenue"], row["cost"], row["margin"]]
        for row in (shown.worth_row(one, names, found) for one in found.worth)
    ]
    return _table(head, rows, (0.16, 0.1, 0.2, 0.22, 0.1, 0.22))


def _guards(found: PlayResults, names: dict[str, str]) -> Table:
    head = [_("Figure"), pgettext("play", "Group"), _("This group"), _("Control"), _("Interval"), _("State")]
    rows = [
        [
            row["guard"],
            row["arm"],
            row["treated"],
            row["control"],
            f"{row['low']} ... {row['high']}",
            row["state"],
        ]
        for row in (shown.guard_row(one, names, found) for one in found.guards)
    ]
    return _table(head, rows, (0.22, 0.16, 0.14, 0.14, 0.18, 0.16))


def _label(drawing: Drawing, x: float, y: float, text: str, size: float = 8, anchor: str = "start") -> None:
    plain = text.translate(PLAIN)
    drawing.add(String(x, y, plain, fontName=font_of(plain), fontSize=size, fillColor=INK, textAnchor=anchor))


def forest(found: PlayResults, names: dict[str, str]) -> Drawing:
    """Each relative lift with its interval, a line each, around the line of no difference."""
    rows = [
        (f"{words.SHORT[one.metric]} · {names[arm]}", lift, COLOUR.get(found.verdict(arm, one.metric), INK))
        for one in found.metrics
        for arm, lift in one.lifts.items()
        if all(math.isfinite(each) for each in (lift.relative, lift.relative_low, lift.relative_high))
    ]
    step, left = 16.0, 0.34 * WIDTH
    drawing = Drawing(WIDTH, max(1, len(rows)) * step + 22)
    if not rows:
        return drawing
    low = min(0.0, *(lift.relative_low for _name, lift, _colour in rows))
    high = max(0.0, *(lift.relative_high for _name, lift, _colour in rows))
    span = (high - low) or 1.0

    def x_of(value: float) -> float:
        return float(left + (value - low) / span * (WIDTH - left - 8))

    top = drawing.height
    drawing.add(Line(x_of(0), 14, x_of(0), top, strokeColor=SUBTLE, strokeDashArray=[3, 2], strokeWidth=0.6))
    for place, (name, lift, colour) in enumerate(rows):
        y = top - (place + 0.5) * step
        _label(drawing, 0, y - 3, name)
        drawing.add(
            Line(x_of(lift.relative_low), y, x_of(lift.relative_high), y, strokeColor=colour, strokeWidth=1.4)
        )
        drawing.add(Circle(x_of(lift.relative), y, 3, fillColor=colour, strokeColor=colour))
    for value in sorted({low, 0.0, high}):
        _label(
            drawing,
            x_of(value),
            3,
            f"{100 * value:+.0f}%",
            7,
            "middle" if value not in (low, high) else "start" if value == low else "end",
        )
    return drawing


def curve(found: PlayResults, names: dict[str, str]) -> Drawing:
    """The share of each arm that has bought again, day by day."""
    height, left, bottom, right = 130.0, 28.0, 16.0, 110.0
    drawing = Drawing(WIDTH, height)
    top = max((share for one in found.curves for share in one.shares), default=0.0) or 1.0
    wide, tall = WIDTH - left - right, height - bottom - 8
    for part in (0.0, 0.5, 1.0):
        y = bottom + part * tall
        drawing.add(Line(left, y, left + wide, y, strokeColor=LINE, strokeWidth=0.5))
        _label(drawing, left - 3, y - 3, f"{100 * part * top:.0f}%", 7, "end")
    ends: list[float] = []
    for place, one in enumerate(found.curves):
        points: list[float] = []
        for day, share in enumerate(one.shares):
            x, y = left + day / max(1, found.outcome_days) * wide, bottom + share / top * tall
            points += [x, points[-1] if points else y, x, y]
        colour = PALETTE[place % len(PALETTE)]
        dashes = [4, 2] if one.arm == found.baseline else None
        drawing.add(PolyLine(points, strokeColor=colour, strokeWidth=1.4, strokeDashArray=dashes))
        y = points[-1] - 3.0
        while any(abs(y - other) < 9 for other in ends):
            y -= 9
        ends.append(y)
        text = f"{names[one.arm]} {formats.percent(one.shares[-1], 1)}"
        _label(drawing, left + wide + 4, y, text[:26])
    _label(drawing, left, 3, "0", 7)
    _label(drawing, left + wide, 3, str(found.outcome_days), 7, "end")
    return drawing
