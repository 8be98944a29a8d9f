"""Times in a question: 'since 10:00', 'last 15 minutes', '10点以后'."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from ..journal.reading import Reading
from .query import Window

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty-five": 45,
}  # fmt: skip
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_AT = r"(\d{1,2}:\d{2}(?: ?[ap]m)?|\d{1,2}(?: ?[ap]m)?(?![\d:.a-z]))"
_SURE = r"(\d{1,2}:\d{2}(?: ?[ap]m)?|\d{1,2} ?[ap]m)"
_UNIT = r"(hours?|hrs?|h|小时|minutes?|mins?|m|分钟|分|seconds?|secs?|s|秒)"
_SECONDS = {"h": 3600.0, "小": 3600.0, "m": 60.0, "分": 60.0, "s": 1.0, "秒": 1.0}

# (pattern, what it says); tried in this order at each place of the text.
_PATTERNS = (
    ("both", rf"before and (?:after|since) {_AT}|before (?:vs\.?|versus|or) after {_AT}|{_AT} ?前后"),
    ("between", rf"(?:between|from) {_AT} (?:and|to|until|till|-) {_AT}|{_SURE} ?(?:-|–|to|until) ?{_SURE}"),
    ("between", rf"[从在自]?{_SURE} ?[到至和~-] ?{_SURE}(?:之间|期间)?"),
    ("since", rf"(?:since|after|from|starting(?: at)?|later than) (?:about )?{_AT}"),
    ("since", rf"自?{_SURE} ?(?:以后|之后|以来|后|起|开始)|自 ?{_SURE}"),
    ("until", rf"(?:before|until|till|by|up to|earlier than) (?:about )?{_AT}|{_SURE} ?(?:以前|之前|前)"),
    ("first", rf"(?:first|opening|最初|开始的?|头) ?(\d+)? ?个?{_UNIT}(?![a-z])"),
    ("last", rf"(?:last|past|previous|latest|recent|最近的?|过去的?|近) ?(\d+)? ?个?{_UNIT}(?![a-z])"),
    ("ago", rf"(\d+) ?个?{_UNIT} ?(?:ago|前|之前)"),
    ("at", rf"(?:at|around|about) {_SURE}|在?{_SURE}"),
    ("before that", r"the (?:one|hour|minutes?) before(?: that)?|再?之前的一?个?小时"),
    ("at", r"at (\d{1,2})(?![\d:.a-z])"),
)


def plain(text: str) -> str:
    """A question in small letters with its times and numbers written one way: 10:30, 15 minutes."""
    text = re.sub(r"([a-z])(?=[\u4e00-\u9fff])", r"\1 ", text)
    text = re.sub(r"\b(a\.m\.|p\.m\.)", lambda match: match[0].replace(".", ""), text)
    text = re.sub(r"(\d{1,2})\.(\d{2}) ?(am|pm)", r"\1:\2 \3", text)
    for word, value in _WORDS.items():
        # "One" is a number only beside a time: not in "the other one", "one another".
        beside = r"(?= ?(?:hour|min|sec|am|pm|o'|thirty|fifteen|forty))" if value == 1 else ""
        text = re.sub(rf"\b{word}\b{beside}", str(value), text)
    text = re.sub(r"half past (\d{1,2})", r"\1:30", text)
    text = re.sub(r"(?:a )?quarter past (\d{1,2})", r"\1:15", text)
    text = re.sub(r"(?:a )?quarter to (\d{1,2})", lambda match: f"{int(match[1]) - 1}:45", text)
    text = re.sub(r"\b(\d{1,2}) (15|30|45)\b(?! ?min)", r"\1:\2", text)
    text = re.sub(r"(\d{1,2}) ?o'?clock", r"\1:00", text)
    text = re.sub(r"\bnoon\b|中午|正午", "12:00", text)
    text = re.sub(r"(half an|half a|half|a half) ?hour|半个?小时", "30 minutes", text)
    text = re.sub(r"(?:a )?quarter of an hour", "15 minutes", text)
    text = re.sub(r"\b(?:an|a) (hour|minute)(?! before)\b", r"1 \1", text)
    text = re.sub(
        r"[一二三四五六七八九十两零]+(?=点|分|个?小时|秒|号)", lambda match: str(_chinese(match[0])), text
    )
    return re.sub(r"(上午|早上|下午|晚上)?(\d{1,2})点(半|一刻|(\d{1,2})分?)?", _chinese_clock, text)


def _chinese(signs: str) -> int:
    """二十五 as 25; below 100."""
    tens, ten, ones = signs.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones[-1:], 0)


def _chinese_clock(match: re.Match[str]) -> str:
    minute = {"半": 30, "一刻": 15, None: 0}.get(match[3], int(match[4] or 0))
    half = {"上午": " am", "早上": " am", "下午": " pm", "晚上": " pm"}.get(match[1], "")
    return f"{match[2]}:{minute:02d}{half}"


class Times:
    """Finds the windows of a question.

    Args:
        reading: whose clock is meant.
        now: when the question is asked, s since the start.
    """

    def __init__(self, reading: Reading, now: float) -> None:
        self._reading = reading
        self._now = now

    def find(self, text: str) -> tuple[tuple[Window, ...], str]:
        """Windows in the order of the text, and the text without them; takes what `plain` gives."""
        found: list[tuple[int, Window]] = []
        for name, pattern in _PATTERNS:
            for match in re.finditer(rf"(?<![a-z\d:]){pattern}" if pattern[0] != "自" else pattern, text):
                for window in self._windows(name, match, [window for _, window in found]):
                    found.append((match.start(), window))
                text = text[: match.start()] + "·" * len(match[0]) + text[match.end() :]
        found.sort(key=lambda item: item[0])
        return tuple(window for _, window in found), re.sub("·+", " ", text)

    def _windows(self, name: str, match: re.Match[str], before: list[Window]) -> list[Window]:
        said = [group for group in match.groups() if group is not None]
        if name in ("first", "last", "ago"):
            span = float(said[0] if len(said) > 1 else 1) * _SECONDS[said[-1][0]]
            start = self._now - span
            return {
                "first": [Window(0.0, span)],
                "last": [Window(max(0.0, start), self._now)],
                "ago": [Window(start, start + 60.0)],
            }[name]
        if name == "before that":
            if not before or before[-1].since is None or before[-1].until is None:
                return []
            since, until = before[-1]
            return [Window(since - (until - since), since)]  # type: ignore[operator]
        moments = [self._moment(one) for one in said]
        if None in moments:
            return []
        first, last = moments[0], moments[-1]
        assert first is not None
        return {
            "both": [Window(None, first), Window(first, None)],
            "between": [Window(first, last)],
            "since": [Window(first, None)],
            "until": [Window(None, first)],
            "at": [Window(first, first + 60.0)],
        }[name]

    def _moment(self, said: str) -> float | None:
        """A time of day as s since the start: the last one until now, in the afternoon if the run is."""
        match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))? ?([ap]m)?", said)
        if not match or int(match[1]) > 23 or int(match[2] or 0) > 59:
            return None
        hour, half = int(match[1]), match[3]
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        today = self._reading.clock(self._now)
        moment = self._on(today, hour, int(match[2] or 0))
        if moment < 0 and not half and hour < 12 and moment + 43200 <= self._now:
            return moment + 43200
        return moment if moment <= self._now or moment < 86400 else moment - 86400

    def _on(self, day: datetime, hour: int, minute: int) -> float:
        return self._reading.seconds(datetime.combine(day.date(), time(hour, minute), day.tzinfo))


def clock_text(reading: Reading, seconds: float) -> str:
    """A moment as 10:02:03."""
    moment: datetime = reading.clock(seconds)
    return (moment + timedelta(milliseconds=500)).strftime("%H:%M:%S")
