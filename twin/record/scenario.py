"""What is recorded: a hall, a way through it, and who else is there. Registered, or a small TOML file.

# my.toml
robot = "amr"
area_m2 = 1200.0
length = 200.0
workers = 4
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import tomllib

from .robots import ROBOTS

_RANGES = {
    "area_m2": (800.0, 20_000.0),
    "length": (2.0, 5_000.0),
    "workers": (0, 40),
    "frame_rate": (1.0, 60.0),
}


@dataclass(frozen=True)
class Scenario:
    """A robot's way through a generated warehouse.

    Attributes:
        robot: amr, droid or humanoid.
        area_m2: floor of the hall.
        length: of the way, m.
        speed: greatest, m/s.
        workers: people who walk up and down its aisles.
        frame_rate: pictures of each camera a second.
        imu_rate: samples a second; the physics' rate divides by it: 500 Hz on wheels, 200 Hz on legs.
    """

    robot: str = "amr"
    area_m2: float = 1200.0
    length: float = 20.0
    speed: float = 1.2
    workers: int = 0
    frame_rate: float = 20.0
    imu_rate: float = 250.0

    def __post_init__(self) -> None:
        if self.robot not in ROBOTS:
            raise ValueError(f"robot = {self.robot!r} is not known here: give {', '.join(ROBOTS)}.")
        robot = ROBOTS[self.robot]
        ranges = {**_RANGES, "speed": (0.1, robot.fastest), "imu_rate": (50.0, robot.physics_rate)}
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise ValueError(f"{name} = {value!r} is out of range: give {least:g} to {most:g}.")
        if robot.physics_rate % self.imu_rate:
            rates = [rate for rate in (50, 100, 200, 250, 500) if robot.physics_rate % rate == 0]
            raise ValueError(
                f"imu_rate = {self.imu_rate:g} does not divide {robot.physics_rate:g} Hz: give "
                f"{', '.join(map(str, rates))}."
            )


SCENARIOS = {
    "amr-aisles": Scenario(),
    "amr-workers": Scenario(length=200.0, workers=6),
    "droid-walk": Scenario("droid", length=50.0, speed=0.5, imu_rate=200.0),
    "humanoid-walk": Scenario("humanoid", length=50.0, speed=0.5, imu_rate=200.0),
}


def load_scenario(name: str) -> Scenario:
    """The registered scenario `name`, or that of the TOML file `name`.

    Raises:
        ValueError: there is neither, or the file has a key or value that is wrong.
    """
    if name in SCENARIOS:
        return SCENARIOS[name]
    path = Path(name)
    if path.suffix != ".toml":
        raise ValueError(f"There is no scenario '{name}'; give a TOML file or {', '.join(SCENARIOS)}.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML file: {error}") from error
    known = [field.name for field in fields(Scenario)]
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"{path}: there is no '{unknown[0]}'; a scenario has {', '.join(known)}.")
    try:
        return Scenario(**values)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
