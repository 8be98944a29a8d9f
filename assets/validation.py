"""Whether a USD file is sound: NVIDIA's asset validator, usdchecker's rules and OpenUSD's own validators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pxr import Tf, Usd, UsdUtils, UsdValidation

from .preview_surface import teach_preview_surface


@dataclass(frozen=True)
class Finding:
    """One remark about a file. `severity` is `error` or `warning`, `rule` the checker that made it."""

    severity: str
    rule: str
    message: str


def validate(path: Path) -> list[Finding]:
    """Run every rule of the three validators on the composed stage of `path`.

    Needs the package omniverse-asset-validator, which is for Python 3.11 and 3.12.

    Raises:
        ValueError: `path` is no USD file that opens.
        ImportError: omniverse-asset-validator is not installed.
    """
    teach_preview_surface()
    try:
        stage = Usd.Stage.Open(str(path), Usd.Stage.LoadAll)
    except Tf.ErrorException as error:
        raise ValueError(f"{path}: is no USD file that opens; check its path and its first lines.") from error
    return [*_asset_validator(path), *_usdchecker(path), *_openusd(stage)]


def errors(findings: list[Finding]) -> list[Finding]:
    """Those of `findings` that a file must not have."""
    return [finding for finding in findings if finding.severity == "error"]


def _asset_validator(path: Path) -> Iterator[Finding]:
    from omni.asset_validator import IssueSeverity, ValidationEngine

    errors = (IssueSeverity.ERROR, IssueSeverity.FAILURE)
    for issue in ValidationEngine().validate(str(path)).issues:
        if issue.severity is not IssueSeverity.NONE:
            rule = issue.rule.__name__ if issue.rule else "asset validator"
            yield Finding("error" if issue.severity in errors else "warning", rule, issue.message or "")


def _usdchecker(path: Path) -> Iterator[Finding]:
    checker = UsdUtils.ComplianceChecker(arkit=False, skipARKitRootLayerCheck=True)
    checker.CheckCompliance(str(path))
    for message in (*checker.GetErrors(), *checker.GetFailedChecks()):
        yield Finding("error", "usdchecker", message)
    for message in checker.GetWarnings():
        yield Finding("warning", "usdchecker", message)


def _openusd(stage: Usd.Stage) -> Iterator[Finding]:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    for error in UsdValidation.ValidationContext(validators).Validate(stage):
        is_error = error.GetType() == UsdValidation.ValidationErrorType.Error
        yield Finding("error" if is_error else "warning", error.GetName(), error.GetMessage())
