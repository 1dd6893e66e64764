"""A pytest plugin for the gates: nothing goes untested unnoticed.

Under `STRICT=1` a test that is skipped or expected to fail is a failure, with its reason. Otherwise
the run ends by saying how many were left out.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

STRICT = os.environ.get("STRICT", "0") not in {"", "0"}


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_failure = getattr(report, "wasxfail", None)
    if not STRICT or (report.outcome != "skipped" and expected_failure is None):
        return
    if expected_failure is not None:
        del report.wasxfail  # pytest would count it as expected whatever its outcome
        reason = f"expected to fail: {expected_failure}"
    else:
        reason = f"skipped: {report.longrepr[2] if isinstance(report.longrepr, tuple) else ''}"
    report.outcome = "failed"
    report.longrepr = f"STRICT=1 counts this as a failure. {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = len(terminalreporter.stats.get("skipped", []))
    if left_out:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{left_out} skipped, for the reasons above. STRICT=1 refuses this.")
