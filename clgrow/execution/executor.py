"""What carries jobs out: local processes here, a cluster elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clgrow.execution.job import Job
from clgrow.execution.outcome import Outcome
from clgrow.execution.workspace import Workspace


@dataclass(frozen=True)
class Handle:
    """A job that an executor has been given.

    Attributes:
        job: the job.
        run_id: of its run.
    """

    job: Job
    run_id: str

    @property
    def workspace(self) -> Workspace:
        """Where its log and events are."""
        return Workspace(self.job.out, self.run_id)


class Executor(Protocol):
    """Carries jobs out, each on its own: none hinders another by failing.

    Whoever implements it calls `clgrow.execution.worker.carry_out` once for each job, in whatever process or on
    whatever machine sees the job's folder, and once more if that ended without an outcome.
    """

    @property
    def slots(self) -> int:
        """How many jobs it takes at a time."""
        ...

    def submit(self, job: Job, run_id: str) -> Handle:
        """Takes a job."""
        ...

    def running(self) -> list[Handle]:
        """Returns the jobs that were submitted and have not been returned by `poll`."""
        ...

    def poll(self, timeout: float = 0.0) -> list[Outcome]:
        """Returns the jobs that have ended since the last call, after waiting for one for so many seconds at most."""
        ...

    def cancel(self) -> list[Outcome]:
        """Stops all that is running; their checkpoints stay.

        Returns:
            What became of each.
        """
        ...

    def close(self) -> None:
        """Stops all that is running, and frees what the executor holds."""
        ...
