"""The server's own texts, as what they mean: two values are the same when their meanings are equal."""

import json
import re
import struct
from decimal import Decimal, InvalidOperation

DAY = 86_400_000_000
DATE = r"(\d{4,})-(\d\d)-(\d\d)"
CLOCK = r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?"


def days(year, month, day):
    """Since 1970, by the calendar that knows no other before it; any year."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def date(text):
    if text.strip("-") == "infinity":
        return text
    found = re.fullmatch(DATE + r"(?:[ T]00:00:00(?:\.0+)?(?:Z|\+00(?::?00)?)?)?( BC)?", text)
    year, month, day, bc = found.groups()
    if int(month) == 0 or int(day) == 0:
        return text[:10]
    return days(1 - int(year) if bc else int(year), int(month), int(day))


def clock(sign, hours, minutes, seconds, fraction):
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return (-1 if sign else 1) * (whole * 1_000_000 + int((fraction or "")[:6].ljust(6, "0")))


def offset(text):
    if text in (None, "", "Z", "UTC"):
        return 0
    parts = re.fullmatch(r"([+-])(\d\d):?(\d\d)?:?(\d\d)?", text).groups("0")
    return (-1 if parts[0] == "-" else 1) * (int(parts[1]) * 3600 + int(parts[2]) * 60 + int(parts[3]))


def moment(text):
    if text.strip("-") == "infinity":
        return text
    found = re.fullmatch(DATE + "[ T]" + CLOCK + r" ?(Z|UTC|[+-][\d:]+)?(?: UTC)?( BC)?", text)
    year, month, day, *time, zone, bc = found.groups()
    if int(month) == 0 or int(day) == 0:
        return text[:10]
    at = days(1 - int(year) if bc else int(year), int(month), int(day)) * DAY
    return at + clock(*time) - offset(zone) * 1_000_000


def time(text):
    # The first day of the year 0, for who has only a moment to say it with.
    at = re.fullmatch(r'"?0000-01-0([12])T(.*)Z"?', text)
    if at:
        return (int(at[1]) - 1) * DAY + time(at[2])
    found = re.fullmatch(r"(?:(-?\d+) days?,? )?" + CLOCK, text)
    whole, *parts = found.groups()
    return int(whole or 0) * DAY + clock(*parts)


def timetz(text):
    found = re.fullmatch(CLOCK + r"(Z|[+-][\d:]+)", text)
    *parts, zone = found.groups()
    return clock(*parts), offset(zone)


def iso_interval(text):
    found = re.fullmatch(
        r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?", text
    )
    years, months, whole, hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    at = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
    return int(years * 12 + months), int(whole), int(at)


def interval(text):
    if text.startswith("P"):
        return iso_interval(text)
    found = re.fullmatch(
        r"(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days?,? ?)?(?:\+?" + CLOCK + ")?", text
    )
    years, months, whole, *parts = found.groups()
    return int(years or 0) * 12 + int(months or 0), int(whole or 0), clock(*parts) if parts[1] else 0


def decimal(text):
    number = Decimal(text.replace("$", "").replace(",", ""))
    return str(number) if not number.is_finite() else number


def float_bits(form):
    def bits(text):
        number = float(text)
        if number != number:
            return "NaN"
        try:
            return struct.pack(form, number)
        except OverflowError:
            return text

    return bits


def json_tokens(text):
    """Spaces between tokens mean nothing; repeated keys and the digits of numbers do."""
    json.loads(text)
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda found: found.group(1) or "", text)


def split(text, ends):
    """What stands between commas, of `(1,"a b",)` and the like: pairs of a part's text and whether it was quoted."""
    parts = re.findall(r'(?:^|,)((?:"(?:[^"\\]|\\.|"")*"|[^,"])*)', text[1 : -1 if ends else None])
    return [(unquote(part), part.startswith('"')) for part in parts]


def unquote(part):
    if not part.startswith('"'):
        return part
    return re.sub(r'\\(.)|""', lambda found: found.group(1) or '"', part[1:-1])


def array(means, text):
    bounds, _, body = text.rpartition("=") if text.startswith("[") and "={" in text else (None, None, text)
    position = 0

    def level():
        nonlocal position
        position += 1
        items = []
        while body[position] != "}":
            if body[position] == "{":
                items.append(level())
            elif body[position] == ",":
                position += 1
                continue
            else:
                part = re.match(r'"(?:[^"\\]|\\.)*"|[^,}]+', body[position:]).group()
                position += len(part)
                items.append(None if part == "NULL" else parse(means, unquote(part)))
        position += 1
        return tuple(items)

    return bounds, level()


def composite(means, text):
    return tuple(
        None if part == "" and not quoted else parse(kind, part)
        for kind, (part, quoted) in zip(means, split(text, True), strict=True)
    )


def range_of(means, text):
    if text == "empty":
        return "empty"
    lower, upper = (None if part == "" else parse(means, part) for part, _ in split(text, True))
    return lower, upper, lower is not None and text[0] == "[", upper is not None and text[-1] == "]"


def multirange(means, text):
    return tuple(range_of(means, part) for part in re.findall(r"[\[(][^\[\](){}]*[\])]", text))


def hstore(text):
    pairs = re.findall(r'("(?:[^"\\]|\\.)*")=>(NULL|"(?:[^"\\]|\\.)*")', text)
    return {unquote(key): None if value == "NULL" else unquote(value) for key, value in pairs}


def binary(text):
    return bytes.fromhex(text.removeprefix("\\x"))


simple = {
    **{"int": decimal, "decimal": decimal, "date": date, "timestamp": moment, "instant": moment, "time": time},
    **{"timetz": timetz, "interval": interval, "json": json_tokens, "map": hstore, "bytes": binary, "geometry": binary},
    "bool": lambda text: {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}[text.lower()],
    "float32": float_bits("f"),
    "float64": float_bits("d"),
    "uuid": lambda text: text.replace("-", "").lower(),
    "text": str,
    "padded": lambda text: text.rstrip(" "),
    "bits": str,
    "varbits": str,
    # An address of one host is the same with the mask of all bits.
    "shown": lambda text: re.sub(r"/32$" if ":" not in text else r"/128$", "", text),
}


def parse(means, text):
    if text is None:
        return None
    if isinstance(means, str):
        return simple[means](text)
    ((kind, inner),) = means.items()
    if kind == "point":
        return tuple(parse(inner, part) for part, _ in split(text, True))
    return {"array": array, "struct": composite, "range": range_of, "multirange": multirange}[kind](inner, text)


def parse_or_none(means, text):
    """Of a text that may be anything."""
    try:
        return parse(means, text)
    except (AttributeError, ValueError, KeyError, IndexError, TypeError, InvalidOperation):
        return None
