"""Workers of a Dask scheduler, or of a batch system through dask-jobqueue, as the crew of a sweep.

Tasks are a few words and so are outcomes: workers write their parts themselves, into a folder that all of them see. A
worker that dies is the scheduler's affair, which gives its task to another.
"""

from __future__ import annotations

import queue
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulation.sweeping.work import LOST, Outcome, Task
from simulation.workers import WorkerLost

if TYPE_CHECKING:
    from distributed import Client, Future

BATCH_SYSTEMS = ("slurm",)
SCHEMES = ("tcp://", "tls://", "ucx://", "ws://", "wss://")
AHEAD = 2  # tasks in flight per thread of the cluster, so that no worker waits for the next
CONNECT_WITHIN = 30  # seconds
SILENCE = 60.0  # seconds without any worker before this is said
GIGABYTES_PER_WORKER = 4
WALL_TIME = "24:00:00"


class BadCluster(ValueError):
    """The cluster asked for cannot be used; the message is one line that says what to do."""


class ClusterCrew:
    """The workers of a Dask scheduler."""

    def __init__(self, client: Client, *, compute: Callable[[Any], Any], say: Callable[[str], None]) -> None:
        self._client, self._compute, self._say = client, compute, say
        self._back: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._out: dict[Future, Task] = {}
        self._attempt = 0
        self._silent = 0.0

    def free(self) -> int:
        """How many more tasks may be in flight; one at least, so that the first workers to come find work."""
        threads: int = sum(self._client.nthreads().values())
        return max(AHEAD * threads, 1) - len(self._out)

    def give(self, task: Task) -> None:
        """Submit a task."""
        self._attempt += 1
        key = f"commonweight-{task.digest[:16]}-{self._attempt}"
        future = self._client.submit(self._compute, task, key=key, pure=False)
        self._out[future] = task
        future.add_done_callback(self._back.put)

    def outcomes(self, seconds: float) -> list[Outcome]:
        """What came back within `seconds`; raises WorkerLost where the scheduler is gone."""
        if self._client.status != "running":
            raise WorkerLost("the scheduler is gone; start the same command again when it is back")
        found: list[Outcome] = []
        try:
            found.append(self._told(self._back.get(timeout=seconds)))
            while not self._back.empty():
                found.append(self._told(self._back.get()))
            self._silent = 0.0
        except queue.Empty:
            self._silent += seconds
            if self._silent >= SILENCE and not self._client.nthreads():
                self._silent = 0.0
                self._say("no worker is connected to the scheduler; waiting for one")
        return found

    def _told(self, future: Future) -> Outcome:
        """What a future says of its task: a lost one where its workers died or the scheduler forgot it."""
        task = self._out.pop(future)
        if future.status == "finished":
            outcome: Outcome = future.result()
            return outcome
        if future.cancelled():
            return Outcome(task.digest, LOST, "forgotten by the scheduler")
        return Outcome(task.digest, LOST, " ".join(str(future.exception()).split()) or "lost with its workers")


@contextmanager
def cluster_crew(
    address: str, *, workers: int, compute: Callable[[Any], Any], say: Callable[[str], None]
) -> Iterator[ClusterCrew]:
    """The workers at a scheduler's address, or `workers` of them hired from a batch system.

    Raises BadCluster where the packages are missing or the address answers nothing.
    """
    refuse_address(address)
    try:
        import distributed
    except ImportError as missing:
        raise BadCluster("--cluster needs Dask: pip install 'commonweight[cluster]'") from missing
    if address in BATCH_SYSTEMS:
        with _hired(workers, say=say) as cluster, distributed.Client(cluster) as client:
            yield ClusterCrew(client, compute=compute, say=say)
        return
    try:
        client = distributed.Client(address, timeout=CONNECT_WITHIN, set_as_default=False)
    except OSError as error:
        raise BadCluster(
            f"--cluster: no scheduler answers at {address}; start one with dask scheduler, and workers beside it"
        ) from error
    with client:
        yield ClusterCrew(client, compute=compute, say=say)


def refuse_address(address: str) -> None:
    """Raise BadCluster for what is neither an address nor a batch system."""
    if address not in BATCH_SYSTEMS and not address.startswith(SCHEMES):
        raise BadCluster(f'--cluster: "{address}" is no scheduler; give tcp://HOST:PORT, or slurm')
    if address == "slurm" and shutil.which("sbatch") is None:
        raise BadCluster("--cluster slurm: there is no sbatch here; log in to the cluster, or use --shard")


def batch_settings() -> dict[str, Any]:
    """What a worker's job asks for where the site's own dask-jobqueue file says nothing."""
    import dask

    own = {name: value for name, value in dask.config.get("jobqueue.slurm", {}).items() if value is not None}
    settings: dict[str, Any] = {"cores": 1, "processes": 1}
    if "memory" not in own:
        settings["memory"] = f"{GIGABYTES_PER_WORKER}GB"
    if own.get("walltime", "00:30:00") == "00:30:00":
        settings["walltime"] = WALL_TIME
    return settings


@contextmanager
def _hired(workers: int, *, say: Callable[[str], None]) -> Iterator[Any]:
    """Workers as jobs of Slurm, one core each, cancelled when the block is left."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as missing:
        raise BadCluster("--cluster slurm needs dask-jobqueue: pip install 'commonweight[cluster]'") from missing
    with SLURMCluster(**batch_settings()) as cluster:
        cluster.scale(jobs=workers)
        say(f"asked Slurm for {workers} workers; each begins when its job does")
        yield cluster
