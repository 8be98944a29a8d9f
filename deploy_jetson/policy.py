"""A bundle made runnable: sensor values and a command in, joint targets out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .bundle_files import CONTRACT_FILE, GOLDEN_FILE, NETWORK_FILE, BundleError, read_limited
from .contract import Contract, sha256
from .golden import TOLERANCE, Golden, GoldenReport, first_difference, replay
from .network import Network
from .observations import ObservationBuilder, ReadingError, SensorReading
from .targets import Targets


class Policy:
    """The policy of a bundle, its observation builder and what makes targets of its actions.

    `report` holds the differences found when the golden recording was replayed at load; `finite` says whether
    the network's last output had only numbers in it: NaN counts as 0 from then on, as in training.
    """

    def __init__(self, contract: Contract, network: Network, report: GoldenReport) -> None:
        self.contract = contract
        self.report = report
        self.network = network
        self.builder = ObservationBuilder(contract)
        self.targets = Targets(contract)
        self.action_offset = self.targets.offset
        self.finite = True

    @staticmethod
    def load(bundle: Path) -> Policy:
        """Read a bundle and prove that it does here what it did in training.

        Raises:
            BundleError: a file is missing or edited, sizes disagree, or the recording does not reproduce.
        """
        bundle = Path(bundle)
        contract = Contract.load(bundle / CONTRACT_FILE)
        content = _read(bundle / NETWORK_FILE, contract.files.policy_onnx)
        recording = _read(bundle / GOLDEN_FILE, contract.files.golden_npz)
        golden = Golden.from_bytes(recording, bundle / GOLDEN_FILE)
        _require_unedited(bundle / CONTRACT_FILE, contract, golden)
        network = Network(content, contract, bundle / NETWORK_FILE)
        report = replay(contract, golden, network)
        if not report.ok:
            raise BundleError(
                f"{bundle / GOLDEN_FILE}: does not reproduce: observations differ by up to "
                f"{report.observation_error:.1e} (worst in '{report.worst_term}') and actions by up to "
                f"{report.action_error:.1e}, more than {TOLERANCE:.0e}; it would not act as trained."
            )
        return Policy(contract, network, report)

    def reset(self, num: int = 1, phase: np.ndarray | None = None) -> None:
        """Begin an episode in `num` worlds with the gait clocks at `phase` (num,), 0 if not given."""
        self.builder.reset(num, phase)
        self.targets.reset(num)

    def actions(self, reading: SensorReading, command: np.ndarray | None = None) -> np.ndarray:
        """One tick: the clipped network output (N, n) for a reading and a command (N, 3), if it follows one.

        Raises:
            ReadingError: the reading lacks something, or has it in another shape or not finite.
        """
        output = self.network(self.builder.build(reading, command))
        self.finite = bool(np.isfinite(output).all())
        return self.builder.remember(output)

    def act(self, reading: SensorReading, command: np.ndarray | None = None) -> np.ndarray:
        """One tick: joint targets (N, n), positions or velocities as each joint's drive takes them.

        Raises:
            ReadingError: as in `actions`.
        """
        return self.targets(reading.joint_pos, self.actions(reading, command))

    def trained_command(self, command: np.ndarray) -> np.ndarray:
        """The nearest command (N, 3) that training has seen: clipped to the ranges, 0 below the threshold.

        Raises:
            ReadingError: the policy follows no velocity command.
        """
        commands = self.contract.commands
        if commands is None:
            raise ReadingError(f"the policy of {self.contract.task} follows no velocity command")
        low, high = np.array(commands.low, np.float32), np.array(commands.high, np.float32)
        clipped = np.clip(np.asarray(command, np.float32), low, high)
        standing = np.linalg.norm(clipped, axis=-1, keepdims=True) <= commands.standing_threshold
        return np.where(standing, np.float32(0.0), clipped)


def _read(path: Path, digest: str) -> bytes:
    content = read_limited(path)
    if sha256(content) != digest:
        raise BundleError(f"{path}: was changed after the export (its SHA-256 is not policy.json's).")
    return content


def _require_unedited(path: Path, contract: Contract, golden: Golden) -> None:
    field = first_difference(golden.facts, contract.facts())
    if field is not None:
        raise BundleError(
            f"{path}: {field or 'everything'} was changed after the export (golden.npz was recorded with "
            "another); change the task and export again."
        )
