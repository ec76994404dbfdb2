"""Guesses the type of each CSV column from all of its values, and converts the text accordingly.

A column gets a type only when every non-empty value fits; one exception makes it text. Nothing that would lose information is converted:
numbers with leading zeros, with more than 15 digits, or dates whose order of day and month is a guess stay text.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any, Callable

FORMATS = {"integer": "#,##0", "percent": "0.0%", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}
MOST_DECIMALS = 6
# Whole numbers that count nothing: 2024 must not become 2,024.
LABEL_NAME = re.compile(r"(^|[\W_])(id|year|code|zip|plz|no|nr|number|key|sku|phone)($|[\W_])|Id$", re.IGNORECASE)
EARLIEST = datetime.datetime(1900, 3, 1)
Convert = Callable[[str], Any]


@dataclass
class Reader:
    """How numbers and dates are written in this file, and the types that follow from it, narrowest first."""

    decimal: str = "."
    date_format: str | None = None
    kinds: dict[str, Convert] = field(init=False)

    def __post_init__(self) -> None:
        group = "," if self.decimal == "." else r"\."
        digits = rf"(?:0|[1-9]\d*|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)"
        self._group = group.removeprefix("\\")
        self._integer = re.compile(rf"[+-]?{digits}")
        self._number = re.compile(rf"[+-]?(?:{digits}(?:{re.escape(self.decimal)}\d+)?|{re.escape(self.decimal)}\d+)(?:[eE][+-]?\d{{1,3}})?")
        self.kinds = {
            "boolean": lambda text: {"true": True, "false": False}[text.lower()],
            "integer": self._to_integer,
            "number": self._to_number,
            "percent": self._to_percent,
            "date": self._to_date,
            "datetime": self._to_datetime,
        }

    def _plain(self, text: str, pattern: re.Pattern[str]) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        plain = text.replace(self._group, "").replace(self.decimal, ".")
        if sum(character.isdigit() for character in re.split("[eE]", plain)[0]) > 15:
            raise ValueError(text)
        return plain

    def _to_integer(self, text: str) -> int:
        return int(self._plain(text, self._integer))

    def _to_number(self, text: str) -> float:
        return float(self._plain(text, self._number))

    def _to_percent(self, text: str) -> float:
        if not text.endswith("%"):
            raise ValueError(text)
        return round(self._to_number(text[:-1].rstrip()) / 100, 15)

    def _to_date(self, text: str) -> datetime.date:
        if self.date_format:
            value = datetime.datetime.strptime(text, self.date_format)
            if value.time() != datetime.time():
                raise ValueError(text)
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            value = datetime.datetime.fromisoformat(text)
        else:
            raise ValueError(text)
        return _in_range(value).date()

    def _to_datetime(self, text: str) -> datetime.datetime:
        if self.date_format:
            value = datetime.datetime.strptime(text, self.date_format)
        elif re.match(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}|$)", text):
            value = datetime.datetime.fromisoformat(text)
        else:
            raise ValueError(text)
        if value.tzinfo is not None:  # Excel knows no time zones: a mix of offsets would be nonsense, UTC is not
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return _in_range(value)


def _in_range(value: datetime.datetime) -> datetime.datetime:
    if value < EARLIEST:
        raise ValueError("before the first day every program agrees on")
    return value


class Guess:
    """The kinds a column may still have after the values seen so far."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._left = list(reader.kinds)
        self.seen = 0
        self.with_zone = 0
        self.width = 0
        self.decimals = 0

    def add(self, text: str) -> None:
        self.width = max(self.width, min(len(text), 60))
        if not text:
            return
        self.seen += 1
        self.decimals = max(self.decimals, len(text.rpartition(self._reader.decimal)[2]) if self._reader.decimal in text else 0)
        while self._left:
            try:
                self._reader.kinds[self._left[0]](text)
            except (ValueError, KeyError, OverflowError):
                # A wider kind must also hold everything before: only number and datetime are wider than another.
                self._narrow()
                continue
            break
        if self._left[:1] == ["datetime"] and re.search(r"(Z|[+-]\d{2}:?\d{2})$", text):
            self.with_zone += 1

    def _narrow(self) -> None:
        dropped = self._left.pop(0)
        if self.seen > 1:
            wider = {"integer": "number", "date": "datetime"}.get(dropped)
            self._left = [wider] if wider in self._left else []

    @property
    def kind(self) -> str:
        # Some values with an offset and some without cannot be put on one time line.
        if not self.seen or not self._left or 0 < self.with_zone < self.seen:
            return "text"
        return self._left[0]

    def number_format(self, name: str) -> str:
        """The format for a column of this kind called `name`."""
        if self.kind == "number":
            return "#,##0." + "0" * max(1, self.decimals) if self.decimals <= MOST_DECIMALS else "General"
        if self.kind == "integer" and LABEL_NAME.search(name):
            return "0"
        return FORMATS.get(self.kind, "General")
