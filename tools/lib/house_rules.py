"""Checks what no compiler, formatter or linter does. Prints each fault as place and reason.

usage: house_rules.py ROOT
Exit status: 0 none found, 1 some found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES = 600
CODE = {".cpp", ".hpp", ".h", ".py", ".capnp"}
# Which folders each one may include from, besides itself.
MAY_INCLUDE = {
    "schemas": set(),
    "core": {"schemas"},
    "ipc": {"core", "schemas"},
    "engine": {"core", "ipc"},
    "botkit": {"core", "ipc", "engine"},
    "collectord": {"core"},
    "connectord": {"core", "ipc", "engine"},
    "tools": {"core", "ipc", "engine", "botkit", "collectord"},
    "tests": {"core", "ipc", "engine", "botkit", "collectord", "connectord", "tools"},
}
# Brackets keep this file from finding itself.
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
HOME_FOLDER = re.compile(r"(?<![\w.])/(?:home/\w|root/|Users/)")
INCLUDE = re.compile(r'^#include "(\w+)/', re.MULTILINE)
# A simulation's result may depend on its data and requests alone.
OUTSIDE_WORLD = re.compile(
    r"\b(system_clock|steady_clock|high_resolution_clock|random_device|clock_gettime|srand)\b"
)

Fault = tuple[str, str]


def files(root: Path) -> list[Path]:
    """What is tracked, and what would be if it were added."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [Path(name) for name in sorted(set(listed.split("\0"))) if (root / name).is_file()]


def check_text(name: Path, text: str, machine_paths: set[str]) -> Iterator[Fault]:
    lines = text.splitlines()
    if name.suffix in CODE and len(lines) > MOST_LINES:
        yield str(name), f"{len(lines)} lines; {MOST_LINES} is the limit, split it by its nouns"
    for number, line in enumerate(lines, 1):
        place = f"{name}:{number}"
        if found := UNFINISHED.search(line):
            yield place, f"{found[0]}: finish it, or write an issue and delete this"
        if HOME_FOLDER.search(line) or any(path in line for path in machine_paths):
            yield place, "a path of one machine"
    if name.suffix == ".hpp" and "#pragma once" not in text:
        yield str(name), "no #pragma once"


def check_code(name: Path, text: str) -> Iterator[Fault]:
    folder = name.parts[0]
    for target in sorted(set(INCLUDE.findall(text)) & MAY_INCLUDE.keys()):
        if target != folder and target not in MAY_INCLUDE[folder]:
            yield str(name), f"{folder} may not include from {target}"
    in_simulation = folder == "engine" or name.is_relative_to("core/book")
    if in_simulation and (found := OUTSIDE_WORLD.search(text)):
        yield str(name), f"{found[0]}: a simulation may not look at the world outside"


def check_tree(root: Path, names: list[Path]) -> Iterator[Fault]:
    folders = {name.parts[0] for name in names if len(name.parts) > 1}
    for folder in sorted(folders):
        if not folder.startswith(".") and Path(folder, "README.md") not in names:
            yield folder, "no README.md"
    build_files = [root / name for name in names if name.name == "meson.build"]
    build_text = "\n".join(path.read_text() for path in build_files)
    for name in names:
        if name.suffix == ".cpp" and name.stem.removesuffix("_test") not in build_text:
            yield str(name), "no meson.build builds it"
        first = (root / name).open("rb").read(2)
        if first == b"#!" and not os.access(root / name, os.X_OK):
            yield str(name), "a script without its run bit"


def faults(root: Path) -> Iterator[Fault]:
    names = files(root)
    # Short ones such as "/" or "/src" would be found in any text.
    machine_paths = {str(path) for path in (root, Path.home()) if len(path.parts) > 2}
    for name in names:
        try:
            text = (root / name).read_text()
        except UnicodeDecodeError:
            continue
        yield from check_text(name, text, machine_paths)
        if name.parts[0] in MAY_INCLUDE and name.suffix in {".cpp", ".hpp"}:
            yield from check_code(name, text)
    yield from check_tree(root, names)


def main() -> int:
    found = list(faults(Path(sys.argv[1]).resolve()))
    for place, reason in found:
        print(f"{place}: {reason}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
