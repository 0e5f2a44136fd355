"""Counts the test cases of a `meson test` run: GoogleTest's, pytest's, and one for any other test.

usage: count_tests.py BUILD_FOLDER [LOG_BASE]

Prints "passed failed skipped" on standard output and what went wrong on standard error. A test
that ran no case, or that ended badly although its cases passed (a crash, a sanitizer's report, a
timeout), counts as one failure.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PROJECT = "ringside"
JUNIT_OPTION = "--junitxml="


def outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "notrun":
        return "skipped"
    return "passed"


def own_cases(test: dict, junit: ET.Element) -> Iterable[ET.Element] | None:
    """The cases that a test reported one by one; None when it is a single case by nature."""
    for argument in test["command"]:
        if argument.startswith(JUNIT_OPTION):
            report = Path(argument.removeprefix(JUNIT_OPTION))
            return ET.parse(report).iter("testcase") if report.exists() else []
    start = f"{PROJECT}.{test['name']}."
    suites = [suite for suite in junit if suite.get("name", "").startswith(start)]
    if suites:
        return [case for suite in suites for case in suite.iter("testcase")]
    # Meson lists tests without cases of their own in one suite; a GoogleTest program that ran none
    # is in no suite at all, one that crashed is in this.
    single = any(
        case.get("name") == test["name"]
        for suite in junit
        if suite.get("name") == PROJECT
        for case in suite.iter("testcase")
    )
    return None if single else []


def count(test: dict, junit: ET.Element) -> Counter:
    ended_well = test["result"] == "OK"
    cases = own_cases(test, junit)
    if cases is None:
        word = "skipped" if test["result"] == "SKIP" else "passed" if ended_well else "failed"
        return Counter({word: 1})
    counts = Counter(outcome(case) for case in cases)
    if not counts:
        print(f"{test['name']}: no test case ran", file=sys.stderr)
        counts["failed"] += 1
    elif not ended_well and counts["failed"] == 0:
        print(
            f"{test['name']}: {test['result']}, exit status {test['returncode']}", file=sys.stderr
        )
        counts["failed"] += 1
    return counts


def main(build: Path, log_base: str = "testlog") -> None:
    logs = build / "meson-logs"
    if not (logs / f"{log_base}.json").exists():
        sys.exit(f"{logs}: no log, so no test was started")
    junit = ET.parse(logs / f"{log_base}.junit.xml").getroot()
    total: Counter = Counter()
    for line in (logs / f"{log_base}.json").read_text().splitlines():
        total += count(json.loads(line), junit)
    print(total["passed"], total["failed"], total["skipped"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
