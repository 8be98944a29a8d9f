"""What comes from outside, beside a simulated robot: an operator's wish, and the simulator's own truth.

On a robot, perception and localisation give the external observations. Here the true pose of the tool or the
base stands in for them. A contract says in words what each is (`ObservationTerm.layout`), and those words
decide: a policy whose words are not known here is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .contract import BundleError, Contract, ObservationTerm
from .drive import AHEAD, REACH_M, Scan, Way

TARGET = (0.4, 0.2, 0.4)
"""Where an arm brings its tool unless told otherwise, m in its base frame."""

Packet = Mapping[str, np.ndarray]
"""Values of one tick by the names that `envs/simulated_robot.py` gives them."""

Giver = Callable[[Packet], np.ndarray]


class Outside:
    """Gives a policy's external observations from what the simulator sends.

    `needs` are the values that it takes from there, `scan` is the lidar among them. `distance` is how far the
    tool was from its target, or the base from its goal, at the last reading, in m; None for a policy that is
    told no place.

    Args:
        contract: of the policy.
        target: where to bring the tool, (3,) m in the base frame; `TARGET` if None.
        way: where to drive: points (x, y) in m in the world, the last of which is the goal; `AHEAD` if None.

    Raises:
        BundleError: the policy sees something that is not known here, or is told of a place it does not see.
    """

    def __init__(
        self,
        contract: Contract,
        target: Sequence[float] | None = None,
        way: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self.needs: set[str] = set()
        self.scan: Scan | None = None
        self.distance: float | None = None
        self._target = np.array(TARGET if target is None else target, float)
        self._way = Way(AHEAD if way is None else way)
        self._givers: dict[str, Giver] = {}
        unknown = []
        for term in contract.external:
            if giver := self._giver(term):
                self._givers[term.name] = giver
            else:
                unknown.append(f"'{term.name}'")
        if unknown:
            raise BundleError(
                f"{contract.task} needs external observations that no one gives here: {', '.join(unknown)}; "
                "fill SensorReading.external in a robot class of yours and run it in a ControlLoop "
                "(docs/deploy.md)."
            )
        if target is not None and "tool_pos" not in self.needs:
            raise BundleError(f"{contract.task} reaches for no target; leave out --target.")
        if way is not None and not self.drives:
            raise BundleError(f"{contract.task} drives to no goal; leave out --goal.")

    @property
    def drives(self) -> bool:
        """The policy drives to a goal."""
        return "base_pos" in self.needs

    @property
    def arrived(self) -> bool:
        """The robot stood within reach of its goal at the last reading."""
        return self.drives and self.distance is not None and self.distance < REACH_M

    def __call__(self, packet: Packet) -> dict[str, np.ndarray]:
        """The external observations of one tick, each (1, size)."""
        if "tool_pos" in self.needs:
            self.distance = float(np.linalg.norm(self._tool_to_target(packet)))
        elif self.drives:
            self.distance = self._way.distance(packet)
        return {name: giver(packet)[None] for name, giver in self._givers.items()}

    def _giver(self, term: ObservationTerm) -> Giver | None:
        """What makes an observation of these words, and of this size where they leave it open."""
        if term.layout == "x, y, z of the target minus those of the tool":
            self.needs.add("tool_pos")
            return self._tool_to_target
        if term.layout == "x, y, z of the target, direction of the tool's Z if any" and term.size == 3:
            return lambda packet: self._target
        if giver := self._way.giver(term.layout):
            self.needs |= {"base_pos", "base_quat"}
            return giver
        if scan := Scan.described(term.layout):
            self.scan = scan
            self.needs.add("lidar")
            return scan.shares
        return None

    def _tool_to_target(self, packet: Packet) -> np.ndarray:
        return self._target - packet["tool_pos"]
