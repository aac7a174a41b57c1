"""One process at a time in a workspace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from clgrow.execution.lock import Held, RunLock, is_held, read_holder
from clgrow.execution.workspace import Workspace

HOLD = """
import sys, time
from pathlib import Path
from clgrow.execution.lock import RunLock
from clgrow.execution.workspace import Workspace
with RunLock(Workspace(Path(sys.argv[1]), "x"), beat_seconds=0.05):
    print("held", flush=True)
    time.sleep(60)
"""

CONTEND = """
import sys, time
from pathlib import Path
from clgrow.execution.lock import Held, RunLock
from clgrow.execution.workspace import Workspace
inside = Path(sys.argv[1]) / "inside"
held = 0
end = time.monotonic() + 1.5
while time.monotonic() < end:
    try:
        with RunLock(Workspace(Path(sys.argv[1]), "x")):
            inside.touch(exist_ok=False)  # fails if somebody else is in
            time.sleep(0.002)
            inside.unlink()
            held += 1
    except Held:
        pass
print(held)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path, "x")
    made.create()
    return made


def start(code: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)


def test_a_killed_holder_is_taken_over_at_once(workspace: Workspace) -> None:
    with start(HOLD, workspace.out) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert is_held(workspace)
        with pytest.raises(Held) as held, RunLock(workspace):
            pass
        assert held.value.holder is not None
        assert held.value.holder.pid == process.pid
        assert str(process.pid) in str(held.value)
        first = read_holder(workspace)
        time.sleep(0.3)
        later = read_holder(workspace)
        assert first is not None
        assert later is not None
        assert later.beats > first.beats
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_held(workspace)
    with RunLock(workspace):
        assert is_held(workspace)
        now = read_holder(workspace)
        assert now is not None
        assert now.pid == os.getpid()
    assert not is_held(workspace)
    assert read_holder(workspace) is None


def test_two_processes_never_hold_it(workspace: Workspace) -> None:
    processes = [start(CONTEND, workspace.out) for _ in range(3)]
    counts = [int(process.communicate(timeout=30)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(counts) > 10


def test_looking_does_not_keep_others_out(workspace: Workspace) -> None:
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            is_held(workspace)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(50):
            with RunLock(workspace):
                pass
    finally:
        stop.set()
        thread.join()


def test_a_jump_of_the_clock_changes_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunLock(workspace):
        for jump in (-1e9, 1e9):
            monkeypatch.setattr(time, "time", lambda jump=jump: jump)
            assert is_held(workspace)
            with pytest.raises(Held), RunLock(workspace):
                pass


def test_a_workspace_that_was_never_locked_is_not_held(tmp_path: Path) -> None:
    assert not is_held(Workspace(tmp_path, "absent"))
    assert read_holder(Workspace(tmp_path, "absent")) is None
