"""Two pages on two servers, asked in turns: A B A B …, and the median of the rounds' ratios.

One figure alone varies by a quarter on a busy machine; the ratio within a round does not. A page that
answers with an error, or with another body than expected, makes its row invalid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.gates import Gate, Result, median_ratio
from tests.bench.servers import Answer, Load, Server, ask, press

SAME_SIZE = 0.005  # the mean answer under load may differ by this from one answer looked at


class WrongAnswerError(Exception):
    """A page answered with an error or with another body: what was measured is not the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to ask for, and how to know that the answer is the right one."""

    server: Server
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    holds: Sequence[str] = ()  # what its text must hold, as HTML

    def fault(self, answer: Answer) -> str:
        """What is wrong with an answer; empty when nothing is."""
        if answer.status != self.status:
            return f"{self.path} answered {answer.status} instead of {self.status}"
        text = answer.body.decode("utf-8", errors="replace")
        missing = [words for words in self.holds if words not in text]
        if missing:
            return f"{self.path} does not hold {missing[0]!r}"
        if self.status != 200 and answer.body:
            return f"{self.path} answered {self.status} with a body"
        return ""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often to measure."""

    rounds: int
    seconds: int


def compare(gate: Gate, engine: str, ours: Page, floor: Page, effort: Effort) -> Result:
    """Requests a second of `ours` ÷ those of `floor`."""
    try:
        for page in (ours, floor):
            _measure(page, 1)  # warms both up
        loads = [
            (_measure(ours, effort.seconds), _measure(floor, effort.seconds))
            for _ in range(effort.rounds)
        ]
    except WrongAnswerError as error:
        return Result(gate, engine, 0, fault=str(error))
    pairs = [(mine.rate, base.rate) for mine, base in loads]
    ratios = sorted(mine / base for mine, base in pairs)
    # On a machine that others use too, processor time is steadier than requests a second.
    processor = median_ratio([(base.processor, mine.processor) for mine, base in loads])
    detail = (
        f"{max(mine for mine, _ in pairs):.0f} ÷ {max(base for _, base in pairs):.0f} requests/s at "
        f"best; rounds {ratios[0]:.2f} to {ratios[-1]:.2f}; by processor time {processor:.2f}"
    )
    return Result(gate, engine, median_ratio(pairs), detail)


def _measure(page: Page, seconds: int) -> Load:
    """Press a page. One answer is read whole, the others are judged by their size.

    Raises:
        WrongAnswerError: an answer is not what it should be.
    """
    answer = ask(page.server, page.path, page.headers)
    fault = page.fault(answer)
    if not fault:
        load = press(page.server, page.path, seconds, page.headers)
        bad = load.failed + load.refused
        fault = size_fault(page.path, load.mean_size, answer.size, bad)
    if fault:
        raise WrongAnswerError(fault)
    return load


def size_fault(path: str, mean_size: float, size: int, bad: int) -> str:
    """What wrk's sums say against a run: errors, or answers of another size than the one looked at."""
    if bad:
        return f"{path}: {bad} requests failed or were refused under load"
    if abs(mean_size - size) > size * SAME_SIZE:
        return f"{path}: {mean_size:.0f} bytes an answer under load, {size} when looked at"
    return ""
