"""What a measurement must reach, and whether it did: arithmetic only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any, Literal

NOISE = 0.15  # what a ratio of two timings may miss its bound by; counts and bytes get nothing


class State(StrEnum):
    """How a measurement stands to its gate."""

    HELD = "held"
    HELD_WITHIN_NOISE = "held within the allowance"
    MISSED = "MISSED"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound. `allowance` is the part of it that a measurement may miss it by."""

    name: str
    words: str
    bound: float
    sense: Literal["at least", "at most"]
    unit: str = "×"
    allowance: float = NOISE

    def judge(self, value: float) -> State:
        """Where a value stands."""
        slack = 1 - self.allowance if self.sense == "at least" else 1 + self.allowance
        if _reaches(self.sense, value, self.bound):
            return State.HELD
        if _reaches(self.sense, value, self.bound * slack):
            return State.HELD_WITHIN_NOISE
        return State.MISSED


def _reaches(sense: str, value: float, bound: float) -> bool:
    return value >= bound if sense == "at least" else value <= bound


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement. `fault` says why it counts for nothing; `detail` is for people to read."""

    gate: Gate
    engine: str
    value: float
    detail: str = ""
    fault: str = ""

    @property
    def state(self) -> State:
        """How it stands to its gate; anything with a fault is invalid."""
        return State.INVALID if self.fault else self.gate.judge(self.value)

    @property
    def good(self) -> bool:
        """True when the gate is held, if only just."""
        return self.state in {State.HELD, State.HELD_WITHIN_NOISE}

    def line(self) -> str:
        """The result as a line for people."""
        mark = {State.HELD: "  ", State.HELD_WITHIN_NOISE: "~ "}.get(self.state, "✗ ")
        figure = "–" if self.fault else f"{self.value:.2f}".rstrip("0").rstrip(".")
        wanted = f"{self.gate.sense} {self.gate.bound:g} {self.gate.unit}".rstrip()
        said = f"{mark}{self.engine:<11}{self.gate.words:<58}{figure:>8}  ({wanted})"
        note = f"{self.state}: {self.fault}" if self.fault else self.state.value
        return f"{said}  {note}  {self.detail}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return {
            "name": self.gate.name,
            "engine": self.engine,
            "value": None if self.fault else round(self.value, 4),
            "unit": self.gate.unit,
            "sense": self.gate.sense,
            "bound": self.gate.bound,
            "allowance": self.gate.allowance,
            "state": self.state.value,
            "fault": self.fault,
            "detail": self.detail,
        }


def median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """The median over the rounds of (ours ÷ floor): a slow moment strikes both sides of its round."""
    return median(ours / floor for ours, floor in pairs)


def exit_code(results: Sequence[Result]) -> int:
    """0 when something was measured and every gate is held; 1 otherwise."""
    return 0 if results and all(result.good for result in results) else 1
