"""The comparison of models finds each single change, by name."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
from gaitway.envs.compare import compare_models
from gaitway.envs.compare_motion import last_bits, motion_error

HUMANOID = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / "humanoid.xml"

# Array of the model, row, what the difference is called.
CHANGES = [
    ("body_mass", 3, "body"),
    ("body_inertia", 3, "body"),
    ("body_ipos", 3, "body"),
    ("jnt_axis", 4, "joint"),
    ("jnt_range", 4, "joint"),
    ("jnt_stiffness", 4, "joint"),
    ("dof_armature", 9, "joint"),
    ("dof_damping", 9, "joint"),
    ("dof_frictionloss", 9, "joint"),
    ("qpos_spring", 9, "joint"),
    ("geom_size", 2, "geom"),
    ("geom_pos", 2, "geom"),
    ("geom_friction", 2, "geom"),
    ("geom_solref", 2, "geom"),
    ("geom_margin", 2, "geom"),
    ("actuator_gear", 1, "actuator"),
    ("actuator_gainprm", 1, "actuator"),
    ("actuator_ctrlrange", 1, "actuator"),
    ("actuator_trnid", 1, "actuator"),
    ("tendon_stiffness", 1, "tendon"),
]


def model() -> mujoco.MjModel:
    """A fresh model to change."""
    return mujoco.MjModel.from_xml_path(str(HUMANOID))


@pytest.mark.parametrize(("field", "row", "kind"), CHANGES, ids=[change[0] for change in CHANGES])
def test_every_change_is_found(field, row, kind):
    changed = model()
    values = getattr(changed, field)
    values[row] = values[row] + 1 if values.dtype.kind == "i" else values[row] * 1.0001 + 1e-4
    found = compare_models(model(), changed)
    assert {difference.kind for difference in found} == {kind}
    assert len(found) == 1


def test_contact_masks_are_compared_by_what_collides():
    changed = model()
    changed.geom_contype[:] *= 4
    changed.geom_conaffinity[:] *= 4
    assert compare_models(model(), changed) == []
    changed.geom_contype[2] = changed.geom_conaffinity[2] = 8
    name = changed.geom(2).name
    found = compare_models(model(), changed)
    assert found
    assert all(difference.kind == "geoms" and name in difference.name for difference in found)


def test_options_and_missing_elements():
    changed = model()
    changed.opt.timestep *= 2
    assert [(d.kind, d.field) for d in compare_models(model(), changed)] == [("option", "timestep")]
    spec = mujoco.MjSpec.from_file(str(HUMANOID))
    spec.delete(spec.actuator("left_knee"))
    found = [d for d in compare_models(model(), spec.compile()) if d.kind != "key"]  # keys have one ctrl less
    assert [(d.kind, d.name, d.field, d.first, d.second) for d in found] == [
        ("actuator", "left_knee", "exists", "yes", "no")
    ]


def test_equal_inertia_on_other_axes_is_equal():
    """The order of principal axes is a convention, the tensor is the body's."""
    changed = model()
    changed.body_inertia[3] = changed.body_inertia[3][[1, 2, 0]]
    turn = np.array([0.5, 0.5, 0.5, 0.5])  # X -> Y -> Z -> X
    turned = np.zeros(4)
    mujoco.mju_mulQuat(turned, changed.body_iquat[3].copy(), turn)
    changed.body_iquat[3] = turned
    assert [d.field for d in compare_models(model(), changed) if d.field != "inertia"] == []


def test_motion_of_equal_models_is_equal_and_of_others_is_not():
    assert motion_error(model(), model(), seconds=0.3) == 0
    changed = model()
    changed.actuator_gear[3] *= 1.001
    error = motion_error(model(), changed, seconds=0.3)
    assert error is not None and error > 1e-6


def test_last_bits_are_named_and_larger_differences_are_not_theirs():
    first, second = model(), model()
    assert last_bits(first, second) == []
    row = second.ngeom - 1
    second.geom_pos[row, 0] = np.nextafter(second.geom_pos[row, 0], 1.0)
    second.body_mass[1] *= 1.001
    (found,) = last_bits(first, second)
    assert (found.kind, found.name, found.field) == ("geom", second.geom(row).name, "pos")
