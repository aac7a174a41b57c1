"""Events as JSON lines."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from clgrow.execution import events as module
from clgrow.execution.events import EventLog, latest_events, read_events
from clgrow.execution.state import position


def test_events_have_both_times(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.write("start", {"pid": 1})
    log.write("end", {"status": "done"})
    start, end = read_events(tmp_path / "events.jsonl")
    assert (start["event"], start["pid"], end["status"]) == ("start", 1, "done")
    assert 0 <= start["seconds"] <= end["seconds"] < 5
    assert start["utc"].endswith("+00:00")


def test_torn_lines_are_passed_over_and_swallow_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path).write("start", {})
    with path.open("ab") as file:
        file.write(b'{"event": "task_end", "task": 3, "ste')
    assert [event["event"] for event in read_events(path)] == ["start"]
    EventLog(path).write("start", {"again": True})
    assert [event["event"] for event in read_events(path)] == ["start", "start"]
    with path.open("ab") as file:
        file.write(b"\xff\xfe[1, 2]\n[1, 2]\n17\n")
    assert len(read_events(path)) == 2
    assert read_events(tmp_path / "absent") == []


def test_ends_of_tasks_come_once_a_second_and_the_last_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    log = EventLog(tmp_path / "e")
    log.write("start", {"tasks": 30})
    for task in range(1, 31):
        now += 0.125
        log.write("task_end", {"task": task, "steps": 10 * task})
        log.write("progress", {"task": task})
        log.write("checkpoint", {"step": task})
    log.write("end", {"status": "done"})
    found = read_events(tmp_path / "e")
    assert [event["task"] for event in found if event["event"] == "task_end"] == [1, 9, 17, 25, 30]
    assert not [event for event in found if event["event"] == "progress"]
    assert sum(event["event"] == "checkpoint" for event in found) == 30
    assert position(found).task == 30
    assert position(found).checkpoint == 30


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_text("".join(json.dumps({"event": "edit", "step": n}) + "\n" for n in range(50_000)))
    found = latest_events(path)
    assert 10 < len(found) * 20 < module.TAIL_BYTES
    assert found[-1]["step"] == 49_999


def test_a_full_disk_loses_events_and_not_the_run(tmp_path: Path) -> None:
    EventLog(tmp_path / "no" / "such" / "folder").write("start", {})


def test_a_new_attempt_goes_on_from_its_checkpoint() -> None:
    before = [
        {"event": "start", "tasks": 9, "total_steps": 90},
        {"event": "task_end", "task": 4, "steps": 40, "steps_per_second": 10.0},
        {"event": "checkpoint", "step": 30},
        {"event": "checkpoint", "step": 40, "written": False},
        {"event": "end", "status": "failed", "message": "killed"},
    ]
    assert position(before).seconds_left == 5.0
    assert position(before).problem == "killed"
    where = position([*before, {"event": "start", "tasks": 9}, {"event": "resume", "step": 30}])
    assert (where.steps, where.checkpoint, where.task, where.problem) == (30, 30, None, None)
