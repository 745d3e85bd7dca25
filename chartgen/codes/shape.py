"""CG1xx: the shape, as the schema has it."""

from __future__ import annotations

from chartgen.codes.code import Code, error

CODES: tuple[Code, ...] = (
    error(
        "CG101",
        "unknown key",
        "The language has no such key at this place. A key of the same meaning in another spelling is suggested. "
        "Unknown keys are refused, so that a typing mistake cannot be lost silently. A file that a registry includes "
        "holds lists of services alone: all else, `include` too, stands in the registry.",
    ),
    error("CG102", "missing key", "A key that is required at this place is missing."),
    error(
        "CG103",
        "wrong type",
        "The value is of another type than the key wants. Text that reads as a number, true, false or null needs "
        "quotes, and a number in quotes is text. A key without a value is null.",
    ),
    error("CG104", "not one of the words", "The key takes one word of a fixed list; case counts."),
    error("CG105", "malformed text", "The text is not of the form that this key wants. The message says which."),
    error("CG106", "number out of range", "The number is smaller or larger than this key allows."),
    error(
        "CG107",
        "too long or too short",
        "The text, list or mapping has more or fewer characters or entries than this key allows.",
    ),
    error(
        "CG108",
        "keys that exclude each other",
        "Some keys go only one at a time, such as port and ports, or the sources of a volume. Keep one of them; where "
        "exactly one is wanted, none is a mistake as well.",
    ),
    error("CG109", "repeated entry", "The list has the same entry twice, where every entry counts once."),
    error(
        "CG110",
        "malformed name in a mapping",
        "The keys of this mapping are names, such as those of environment variables, labels or files, and this one is "
        "not of the form that such a name has.",
    ),
)
