"""How wide a value is when shown in a number format, in characters: an estimate good enough to choose and check widths."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any

from openpyxl.styles.numbers import is_date_format

DATE_PARTS = {"yyyy": 4, "yy": 2, "mmmm": 9, "mmm": 3, "dddd": 9, "ddd": 3, "am/pm": 2}


@lru_cache(maxsize=4096)
def _section(number_format: str, negative: bool) -> str:
    parts = number_format.split(";")
    chosen = parts[1] if negative and len(parts) > 1 and parts[1] else parts[0]
    return re.sub(r"\[[^\]$]*\]|\[\$([^\]-]*)[^\]]*\]|_.|\*.", r"\1", chosen)


def shown_width(value: Any, number_format: str) -> int:
    """Characters needed to show `value`; text counts its longest line."""
    if isinstance(value, str):
        return max((len(line) for line in value.splitlines()), default=0)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)) or is_date_format(number_format):
        text = re.sub(r"\[[^\]]*\]|[\\\"]", "", "yyyy-mm-dd" if number_format == "General" else number_format.split(";")[0]).lower()
        return sum(DATE_PARTS.get(piece, max(2, len(piece)) if piece.isalpha() else len(piece)) for piece in re.findall(r"am/pm|y+|m+|d+|h+|s+|.", text))
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return len(str(value))
    if number_format in ("General", "@"):
        return len(f"{value:.10g}")
    section = _section(number_format, value < 0)
    if "E+" in section.upper():
        return len(section)
    literal = "".join(re.findall(r'"([^"]*)"', section)) + re.sub(r'"[^"]*"|[0#?.,;\\]', "", section)
    decimals = len(match[1]) if (match := re.search(r"[0#?]\.([0#?]+)", section)) else 0
    scaled = abs(value) * (100 if "%" in section else 1) / 1000 ** len(re.search(r",*$", section.rstrip('%) "'))[0])  # type: ignore[index]
    digits = f"{scaled:,.{decimals}f}" if re.search(r"[0#],[0#]", section) else f"{scaled:.{decimals}f}"
    signed = value < 0 and ";" not in number_format
    return len(digits) + len(literal) + signed
