"""A writer is cut off at every step that touches the disk: what is under the name is whole."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import tenure
from tenure.bundle import load_bundle
from tenure.errors import BundleIntegrityError
from tenure.testing import write_small_bundle

SOURCE = str(Path(tenure.__file__).parents[1])

COUNTING = textwrap.dedent(
    """
    import json, os, signal, sys
    from pathlib import Path
    from tenure.testing import write_small_bundle

    TOUCHING = {"os.mkdir", "os.rename", "os.chmod", "os.rmdir", "os.remove", "tempfile.mkdtemp"}
    steps = cut_at = 0
    at_the_cut = None

    def count(event, arguments):
        global steps
        opens = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax")
        if cut_at and (event in TOUCHING or opens):
            steps += 1
            if steps >= cut_at:
                at_the_cut()

    sys.addaudithook(count)
    """
)

KILLED = COUNTING + textwrap.dedent(
    """
    at_the_cut = lambda: os.kill(os.getpid(), signal.SIGKILL)
    cut_at = int(sys.argv[2])
    write_small_bundle(Path(sys.argv[1]), weights=(2.0,))
    """
)

CUT_AT_EVERY_STEP = COUNTING + textwrap.dedent(
    """
    class Cut(Exception):
        pass

    def at_the_cut():  # from here on nothing reaches the disk, whatever tries to tidy up
        raise Cut

    root, there_before = Path(sys.argv[1]), sys.argv[2] == "True"
    number, done = 0, False
    while not done:
        number += 1
        folder = root / f"{number:03}" / "bundle"
        if there_before:
            write_small_bundle(folder, weights=(1.0,))
        steps, cut_at = 0, number
        try:
            write_small_bundle(folder, weights=(2.0,))
            done = True
        except Cut:
            pass
        cut_at = 0
    """
)


def run(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={"PYTHONPATH": SOURCE}
    )


def state(folder, old, new):
    """What a reader finds under the name: the old bundle, the new one, or nothing."""
    if not folder.exists():
        return "nothing"
    return {old: "old", new: "new"}[load_bundle(folder).sha256]


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identities")
    return [write_small_bundle(folder / str(weight), weights=(weight,)) for weight in (1.0, 2.0)]


@pytest.fixture(scope="module", params=[False, True], ids=["first", "replacing"])
def cut_writes(request, tmp_path_factory):
    """Folders in which writers were cut off, each one step later than the one before, the last not at all."""
    root = tmp_path_factory.mktemp("cut")
    done = run(CUT_AT_EVERY_STEP, root, request.param)
    assert done.returncode == 0, done.stderr
    return request.param, [folder / "bundle" for folder in sorted(root.iterdir())]


def test_a_writer_cut_off_at_any_step_leaves_no_half_bundle_and_the_next_write_is_whole(
    cut_writes, identities
):
    there_before, folders = cut_writes
    seen = [state(folder, *identities) for folder in folders]
    assert len(seen) > 10
    assert seen[0] == ("old" if there_before else "nothing")
    assert seen[-1] == "new"
    order = ["old", "nothing", "new"]
    assert seen == sorted(seen, key=order.index)
    for folder in folders:
        write_small_bundle(folder, weights=(2.0,))
        assert state(folder, *identities) == "new"
        assert sorted(path.name for path in folder.parent.iterdir()) == [".lock", "bundle"]


@pytest.mark.parametrize("step", [3, 7, 12])
def test_a_killed_writer_leaves_no_half_bundle(tmp_path, identities, step):
    folder = tmp_path / "bundle"
    write_small_bundle(folder, weights=(1.0,))
    assert run(KILLED, folder, step).returncode == -signal.SIGKILL
    assert state(folder, *identities) in {"old", "nothing"}
    assert write_small_bundle(folder, weights=(2.0,)) == identities[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "bundle"]


def test_a_copy_cut_off_before_its_manifest_is_no_bundle(tmp_path):
    write_small_bundle(tmp_path / "whole")
    half = tmp_path / "half"
    half.mkdir()
    (half / "model.onnx").write_bytes((tmp_path / "whole" / "model.onnx").read_bytes())
    with pytest.raises(BundleIntegrityError, match="no bundle"):
        load_bundle(half)
