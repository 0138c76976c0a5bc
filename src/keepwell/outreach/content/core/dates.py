"""Days as people read them, by language."""

from __future__ import annotations

from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_ZH = "一二三四五六日"
STYLES = ("long", "short", "month", "year", "weekday")


def written(day: date, style: str, language: str) -> str:
    """A day in one of STYLES: in Chinese for Chinese, with the month's English name in English, else ISO.

    >>> written(date(2026, 11, 22), "long", "en"), written(date(2026, 11, 22), "short", "zh-hans")
    ('22 November 2026', '11月22日')
    """
    if style == "year":
        return f"{day.year}"
    if language.startswith("zh"):
        texts = {
            "long": f"{day.year}年{day.month}月{day.day}日",
            "short": f"{day.month}月{day.day}日",
            "month": f"{day.month}月",
            "weekday": f"星期{WEEKDAYS_ZH[day.weekday()]}",
        }
    elif language.startswith("en"):
        month = MONTHS[day.month - 1]
        texts = {
            "long": f"{day.day} {month} {day.year}",
            "short": f"{day.day} {month}",
            "month": month,
            "weekday": WEEKDAYS[day.weekday()],
        }
    else:
        texts = {"short": day.isoformat()[5:], "month": day.isoformat()[:7]}
    return texts.get(style, day.isoformat())
