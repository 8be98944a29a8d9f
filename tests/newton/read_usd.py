"""Newton's reading of USD files, as JSON: run by a Python that has Newton, which Gaitway's own has not.

python tests/newton/read_usd.py robot.usda ... > read.json
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import newton  # pyright: ignore[reportMissingImports]


def read(path: str) -> dict[str, Any]:
    """Mass in kg, bodies, shapes, and per joint of one axis: limits (rad, m), gains and effort limit."""
    builder = newton.ModelBuilder()
    builder.add_usd(path)
    joints = {}
    for i, label in enumerate(builder.joint_label):
        first = builder.joint_qd_start[i]
        after = builder.joint_qd_start[i + 1] if i + 1 < builder.joint_count else builder.joint_dof_count
        if after - first != 1:
            continue
        joints[label.rpartition("/")[2]] = {
            "lower": builder.joint_limit_lower[first],
            "upper": builder.joint_limit_upper[first],
            "stiffness": builder.joint_target_ke[first],
            "damping": builder.joint_target_kd[first],
            "effort": builder.joint_effort_limit[first],
        }
    return {
        "mass": sum(builder.body_mass),
        "bodies": builder.body_count,
        "shapes": builder.shape_count,
        "joints": joints,
    }


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        found = {path: read(path) for path in sys.argv[1:]}
    print(json.dumps(found))
