"""CG0xx: the file and its YAML."""

from __future__ import annotations

from chartgen.codes.code import Code, error, warning

CODES: tuple[Code, ...] = (
    error(
        "CG001",
        "empty registry",
        "The file holds nothing but comments or blank lines. `chartgen init` writes a small registry to begin with.",
    ),
    error(
        "CG002",
        "not YAML",
        "The file cannot be read as YAML. The usual causes: a tab in the indentation, a quote or bracket that is never "
        'closed, text with ": " or a special first character that needs quotes, a line indented like none above it.',
    ),
    error(
        "CG003",
        "not UTF-8",
        "A registry is UTF-8 text; a byte order mark is accepted. Save the file as UTF-8 (editors call other encodings "
        "Latin-1, Windows-1252 or UTF-16).",
    ),
    error(
        "CG004",
        "control character",
        "YAML allows no control characters but tab and line break. Others can be written as an escape between double "
        "quotes, but for those that do not survive the way through Helm: NUL, U+007F to U+009F, U+FFFE, U+FFFF and "
        "lone surrogates (Helm writes them bare and cannot read them back, or drops the whole object).",
    ),
    error(
        "CG005",
        "file too large",
        "A registry has at most 16 MiB, with all files that it includes. Large config files belong in files of the "
        "repository, named by `files: {/path: {file: …}}`.",
    ),
    error(
        "CG006",
        "several documents",
        "A registry is one YAML document. A second one, after a line of three dashes, is refused, because it would be "
        "ignored silently otherwise.",
    ),
    error(
        "CG007",
        "not a mapping",
        "The file holds a list or a single value. A registry is a mapping with apiVersion, kind, metadata and "
        "services.",
    ),
    error(
        "CG008",
        "duplicate key",
        "A mapping has the same key twice; one of the two values would be lost. The message names the line "
        "of the first.",
    ),
    error(
        "CG009",
        "key is not text",
        "Keys are text. Plain numbers, true, false and null are none, nor is a mapping or list (unquoted "
        "template braces read as one). Quotes make a key text.",
    ),
    error(
        "CG010",
        "alias without a value",
        "An alias (`*name`) repeats the value marked `&name` before it. The mark is missing, comes later, or is on a "
        "value that holds the alias itself. Text that begins with an asterisk needs quotes.",
    ),
    error(
        "CG011",
        "aliases explode",
        "Written out, what the aliases of the file repeat would be over 16 MiB. What services share belongs under "
        "`defaults`.",
    ),
    error(
        "CG012",
        "tag without meaning",
        "Only YAML's own tags are read (!!str, !!int, !!float, !!bool, !!null, !!map, !!seq), and only on values that "
        "they fit. Others, such as !!python/… or !secret, are refused.",
    ),
    error(
        "CG013",
        "merge key",
        "The merge key `<<` belongs to YAML 1.1. What services share is written under `defaults`, which merges by "
        "documented rules; a whole value can be repeated with an anchor and an alias.",
    ),
    error(
        "CG014",
        "unusable number",
        "NaN, infinity and numbers beyond 64 bits mean nothing in a chart. In quotes they are text.",
    ),
    error(
        "CG015",
        "nested too deeply",
        "Values are nested in one another more than 100 levels deep, written out or by aliases.",
    ),
    error(
        "CG016",
        "file that cannot be included",
        "An entry of `include` without wildcards names a file that is not there, or the registry itself; or a file "
        "that an entry means cannot be read: it is no regular file, may not be read, or is a link that leads out of "
        "the repository. Paths begin at the registry's folder.",
    ),
    warning(
        "CG017",
        "include that matches nothing",
        "No file has a name that this entry of `include` fits. `*` stands for a part of one name, `**` for any "
        "folders; names that begin with a dot are met only by a pattern that does too.",
    ),
)
