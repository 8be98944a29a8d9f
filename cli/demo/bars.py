"""What a walking droid has to reach, and whether a score does."""

from __future__ import annotations

from dataclasses import dataclass

from ...policies.scoring.episodes import Score


@dataclass(frozen=True)
class Bar:
    """A measure of `Score` and the closed range that it has to lie in."""

    name: str
    label: str
    unit: str
    low: float | None = None
    high: float | None = None

    def met_by(self, score: Score) -> bool:
        """Whether `score` lies in the range; a measure without a range is always met."""
        value = score[self.name].value
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def text(self) -> str:
        """The range for a person."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"≥ {self.low:g}"
        return "" if self.high is None else f"≤ {self.high:g}"


BARS = (
    Bar("survival_rate", "episodes survived", "share", low=0.95),
    Bar("lin_vel_error", "velocity error", "m/s", high=0.15),
    Bar("yaw_rate_error", "yaw rate error", "rad/s", high=0.2),
    Bar("swing_apex_mean", "foot clearance in a swing", "m", low=0.03),
    Bar("swing_time_mean", "duration of a swing", "s", low=0.2),
    Bar("touchdowns_per_s", "steps per foot and second", "1/s", low=1.0, high=2.0),
    Bar("action_rate_mean", "change of an action per tick", ""),
    Bar("standing_speed", "speed on a zero command", "m/s"),
    Bar("return_mean", "return", ""),
)
"""Over 256 episodes of 20 s on flat ground with random commands."""


def missed(score: Score) -> list[Bar]:
    """The bars that `score` does not reach."""
    return [bar for bar in BARS if not bar.met_by(score)]
