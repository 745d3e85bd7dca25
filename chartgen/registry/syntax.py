"""What a YAML parser's complaint means, in words that name the fix."""

from __future__ import annotations

import yaml

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

_QUOTE = "put the value in quotes"
_SPACES = "indent with spaces"
_COLON = (
    'text with ": " in it needs quotes, a key needs a space after its ":", '
    "and the keys of one mapping begin in the same column"
)
_DASH = 'begin the list on a line of its own, or put text that begins with "-" in quotes'
_MIXED = "a list and keys cannot mix, and nothing can stand after a closing quote or bracket"
_HINTS: tuple[tuple[str, str, str], ...] = (
    # part of the parser's words (libyaml's or the pure one's), what it means, how to mend it; the first that fits wins
    ("apping values are not allowed", 'a ":" where no key can stand', _COLON),
    ("equence entries are not allowed", 'a "-" where no list entry can stand', _DASH),
    ("apping keys are not allowed", 'a "?" where no key can stand', _QUOTE),
    ("violates indentation", "a tab is used to indent", _SPACES),
    ("unknown escape character", "an escape that YAML does not know", "double the backslash, or use single quotes"),
    ("invalid Unicode character escape", "an escape that stands for no character", "write the character itself"),
    ("alphabetic or numeric character", 'a name is missing after "*" or "&"', "text that begins with one needs quotes"),
    ("undefined tag handle", "a tag that is not known", 'text that begins with "!" needs quotes'),
    ("incompatible YAML document", "a version of YAML that is not known", "remove the %YAML line"),
    ("comment or line break", 'text after "|" or ">"', "begin the text on the next line, indented"),
    ("indentation indicators", 'text after "|" or ">"', "begin the text on the next line, indented"),
    ("document start", "text after the end of the document", 'remove the line "..." before it'),
    ("could not find expected ':'", 'a key without ":" after it', 'write "key: value", or close a quote or bracket'),
    ("unexpected ':'", 'a ":" inside a plain value', _QUOTE),
    ("node content", "a bracket or comma where a value belongs", _QUOTE),
)


def explain(file: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    """The parser's complaint as a diagnostic, at the place where the mistake most likely is."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return diagnose("CG002", Span(file), f"this is not YAML: {error}")
    problem, context = error.problem or "", error.context or ""
    if "unexpected end of stream" in problem and "quoted" in context and error.context_mark:
        return _at(file, error.context_mark, "the quote that begins here is never closed", "close it")
    if "cannot start any token" in problem:
        return _bad_start(file, text, error.problem_mark)
    if context.startswith("while parsing a flow") and error.context_mark:
        return _unclosed(file, text, error.context_mark, error.problem_mark)
    known = next(((meaning, hint) for part, meaning, hint in _HINTS if part in problem), None)
    if known is None and context.startswith("while parsing a block") and error.context_mark:
        return _misplaced(file, error.context_mark, error.problem_mark)
    return _at(file, error.problem_mark, *(known or (problem or context, "")))


def _at(file: str, mark: yaml.Mark, message: str, hint: str) -> Diagnostic:
    line, column = mark.line + 1, mark.column + 1
    return diagnose("CG002", Span(file, line, column, line, column + 1), message, hint)


def _bad_start(file: str, text: str, mark: yaml.Mark) -> Diagnostic:
    character = text[mark.index : mark.index + 1]
    if character == "\t":
        return _at(file, mark, "a tab is used to indent", _SPACES)
    return _at(file, mark, f'a plain value cannot begin with "{character}"', _QUOTE)


def _unclosed(file: str, text: str, opened: yaml.Mark, found: yaml.Mark) -> Diagnostic:
    bracket = text[opened.index : opened.index + 1]
    close = {"[": "]", "{": "}"}.get(bracket, bracket)
    message = f'the "{bracket}" of line {opened.line + 1}, column {opened.column + 1} is not closed before this'
    return _at(file, found, message, f'add "{close}", or a "," between two entries')


def _misplaced(file: str, began: yaml.Mark, found: yaml.Mark) -> Diagnostic:
    place = f"line {began.line + 1}, column {began.column + 1}"
    if found.line == began.line or found.column == began.column:
        message = f"this does not continue what began at {place}"
        return _at(file, found, message, _MIXED)
    message = f"this line is indented like nothing above it (what it continues began at {place})"
    return _at(file, found, message, "indent it like the lines that it belongs to")
