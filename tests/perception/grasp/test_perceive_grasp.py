"""`gaitway perceive grasp` on files: a mesh or a picture in, ranked grasps out, or one sentence."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import trimesh

from ...cli.command import gaitway
from ..looks import logged, text_of

FX, WIDTH, HEIGHT, FAR = 300.0, 320, 240, 0.8


@pytest.fixture
def files(tmp_path):
    """A box of 16 x 10 x 6 cm: its mesh in m and in mm, and seen from 0.8 m above the floor it is on."""
    box = trimesh.creation.box((0.16, 0.10, 0.06))
    box.export(tmp_path / "box.ply")
    box.copy().apply_scale(1000.0).export(tmp_path / "millimetres.ply")
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    top = FAR - 0.06
    x, y = (u - 159.5) / FX * top, (v - 119.5) / FX * top
    mask = (np.abs(x) < 0.08) & (np.abs(y) < 0.05)
    depth = np.where(mask, top, FAR) + np.random.default_rng(0).normal(0, 0.0005, mask.shape)
    cv2.imwrite(str(tmp_path / "depth.png"), np.round(1000 * depth).astype(np.uint16))
    cv2.imwrite(str(tmp_path / "mask.png"), np.where(mask, 3, 0).astype(np.uint8))
    cv2.imwrite(str(tmp_path / "empty.png"), np.zeros((HEIGHT, WIDTH), np.uint8))
    np.save(tmp_path / "millimetres.npy", (1000 * depth).astype(np.float32))
    return tmp_path


def run(monkeypatch, folder, **options):
    """Exit status; options that are names of files are of the folder."""
    words = ["--out", folder / "grasps.json"]
    for name, value in options.items():
        values = value if isinstance(value, tuple) else (value,)
        is_file = isinstance(value, str) and "." in value
        words += [f"--{name.replace('_', '-')}", *([folder / value] if is_file else values)]
    return gaitway(monkeypatch, "perceive", "grasp", *words)


def grasps_of(folder):
    """What was written, of the one instance."""
    (row,) = json.loads((folder / "grasps.json").read_text())
    scores = [grasp["score"] for grasp in row["grasps"]]
    assert scores == sorted(scores, reverse=True) and scores
    return row, [np.array(grasp["pose"]) for grasp in row["grasps"]]


PICTURE = {"depth": "depth.png", "mask": "mask.png", "intrinsics": (FX, FX, 159.5, 119.5)}


def test_a_mesh_is_held_across_its_shorter_sides_from_above(files, monkeypatch):
    report, view = files / "grasps.html", "grasps.rrd"
    assert run(monkeypatch, files, mesh="box.ply", down=(0, 0, -1), report="grasps.html", view=view) == 0
    row, poses = grasps_of(files)
    assert row["frame"] == "object" and row["gripper"] == "parallel"
    best = row["grasps"][0]
    assert best["width"] in (pytest.approx(0.10, abs=1e-3), pytest.approx(0.06, abs=1e-3))
    assert poses[0][2, 2] < 0.2  # not from below
    np.testing.assert_allclose(np.array(best["approach"])[:3, 3], poses[0][:3, 3] - 0.1 * poses[0][:3, 2])
    assert "Grasps of box.ply" in text_of(report, 3)
    (arrow,) = logged(files / view, "/world/1/approach", "Arrows3D:vectors")
    np.testing.assert_allclose(arrow, [0.1 * poses[0][:3, 2]], atol=1e-6)


def test_what_a_picture_shows_is_sucked_at_in_the_middle_of_its_top(files, monkeypatch, capsys):
    assert run(monkeypatch, files, **PICTURE, gripper="suction", report="grasps.html") == 0
    row, poses = grasps_of(files)
    assert row["frame"] == "camera" and row["gripper"] == "suction" and row["instance"] == 3
    assert poses[0][2, 2] > 0.99  # straight away from the camera
    assert np.linalg.norm(poses[0][:3, 3] - [0.0, 0.0, FAR - 0.06]) < 0.02
    assumed = "objects are taken to stand on the largest plane"
    assert assumed in capsys.readouterr().err and assumed in text_of(files / "grasps.html", 4)


def test_sides_that_a_picture_does_not_show_go_straight_down(files, monkeypatch):
    assert run(monkeypatch, files, **PICTURE) == 0
    row, poses = grasps_of(files)
    assert row["grasps"][0]["width"] == pytest.approx(0.10, abs=0.006)
    assert poses[0][2, 2] > 0.9  # from above
    assert np.abs(poses[0][1, 0]) > 0.99  # along the box's 10 cm
    assert np.linalg.norm(poses[0][:2, 3]) < 0.02
    assert FAR - 0.06 < poses[0][2, 3] < FAR  # the tips are between its top and the floor
    monkeypatch.undo()
    assert run(monkeypatch, files, **PICTURE, down=(0, 0, 1)) == 0
    assert not json.loads((files / "grasps.json").read_text())[0]["grasps"]  # the top alone has no two sides


def test_a_mesh_in_a_picture_is_held_where_it_is_found(files, monkeypatch):
    assert run(monkeypatch, files, mesh="box.ply", **PICTURE) == 0
    _, poses = grasps_of(files)
    assert poses[0][2, 2] > 0.2  # from above, as far as the floor lets it
    assert np.linalg.norm(poses[0][:3, 3] - [0.0, 0.0, FAR - 0.03]) < 0.05
    assert np.abs(poses[0][1, 0]) > 0.99  # the fingers close along the box's 10 cm


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mesh": "millimetres.ply"}, "in millimetres"),
        ({"mesh": "nothing.ply"}, "there is no such file"),
        ({}, "Give --mesh, or --depth with --mask and --intrinsics"),
        ({"depth": "depth.png"}, "depth.png needs --mask"),
        ({"mesh": "box.ply", "mask": "mask.png"}, "Give --mesh, or --depth with"),
        ({**PICTURE, "mask": "empty.png"}, "empty.png is all background"),
        ({**PICTURE, "depth": "millimetres.npy"}, "check the units of the depth"),
        ({**PICTURE, "depth_units": 1.0}, "check the units of the depth"),
        ({**PICTURE, "intrinsics": (FX, FX, 1595.0, 119.5)}, "principal point"),
        ({"mesh": "box.ply", "opening": 0.0}, "--opening is 0"),
        ({"mesh": "box.ply", "down": (0, 0, 0)}, "it is a direction"),
        ({"mesh": "box.ply", "view": "grasps.txt"}, "a view is written to a .rrd file"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(files, monkeypatch, capsys, options, sentence):
    assert run(monkeypatch, files, **options) == 1
    error = capsys.readouterr().err
    assert sentence in error and len(error.strip().splitlines()) == 1
    assert not list(files.glob("grasps*"))
