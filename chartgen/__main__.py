"""`python -m chartgen`: the same as the console script."""

from __future__ import annotations

from chartgen.cli import main

main()
