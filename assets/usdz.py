"""A stage as one USDZ file, for viewers of augmented reality such as Vision Pro's."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pxr import Sdf, Tf, Usd, UsdUtils

from .ar_stage import ar_stage
from .localize import no_localization_warnings
from .preview_surface import teach_preview_surface
from .warehouse.generate import write_all


@dataclass(frozen=True)
class UsdzSummary:
    """What a package holds: prims, size in bytes, and s of animation (0 if it stands still)."""

    prims: int
    size: int
    seconds: float

    def sentence(self, file: Path) -> str:
        """What to tell whoever asked for it."""
        moves = f", {self.seconds:.1f} s of animation" if self.seconds else ""
        return f"{file}: {self.prims} prims, {self.size / 1e6:.1f} MB{moves}; passes the ARKit checks."


def package_usdz(source: Path, out: Path) -> UsdzSummary:
    """Write `out` (.usdz) with what is drawn of the stage `source`, its time samples included.

    The package is checked by the ARKit profile of USD's compliance checker before it gets its name.

    Raises:
        ValueError: a name or the stage is wrong, or the checker finds fault with the package.
        OSError: the file cannot be written.
    """
    if out.suffix != ".usdz":
        raise ValueError(f"{out}: the name of a package must end in .usdz.")
    stage = _open(source)
    try:
        packed = ar_stage(stage)
    except ValueError as error:
        raise ValueError(f"{source}: cannot be packaged: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        layer, package = Path(folder) / f"{out.stem}.usdc", Path(folder) / out.name
        _package(packed, layer, package)
        if faults := check_usdz(package):
            raise ValueError(f"{source}: AR viewers would refuse it: {faults[0]}")
        write_all({out: package.read_bytes()})
    seconds = (packed.GetEndTimeCode() - packed.GetStartTimeCode()) / packed.GetTimeCodesPerSecond()
    return UsdzSummary(len(list(packed.TraverseAll())), out.stat().st_size, seconds)


def _package(stage: Usd.Stage, layer: Path, package: Path) -> None:
    try:
        stage.GetRootLayer().Export(str(layer))
        with no_localization_warnings():
            done = UsdUtils.CreateNewARKitUsdzPackage(Sdf.AssetPath(str(layer)), str(package))
    except Tf.ErrorException as error:
        raise OSError(f"{package}: cannot be written; is the disk full?") from error
    if not done:
        raise OSError(f"{package}: cannot be written; is the disk full?")


def check_usdz(package: Path) -> list[str]:
    """What the ARKit profile of USD's compliance checker finds wrong with a package."""
    teach_preview_surface()
    checker = UsdUtils.ComplianceChecker(arkit=True, rootPackageOnly=False, skipVariants=False, verbose=False)
    checker.CheckCompliance(str(package))
    return [*checker.GetErrors(), *checker.GetFailedChecks()]


def _open(source: Path) -> Usd.Stage:
    if not source.is_file():
        raise ValueError(f"{source}: there is no such file.")
    try:
        return Usd.Stage.Open(str(source))
    except Tf.ErrorException as error:
        raise ValueError(f"{source}: is not a USD file that can be read.") from error
