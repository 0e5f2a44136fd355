"""A sweep on a Ray cluster; needs ``pip install 'ringside[ray]'``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .job import Job, call
from .processes import Done
from .shared import arrays_of, is_shareable

try:
    import ray
except ImportError as error:
    raise ImportError("on='ray' needs Ray: pip install 'ringside[ray]'") from error

# A machine that is lost takes its runs with it; each is started again elsewhere so many times.
_RETRIES = 20


@ray.remote(max_retries=_RETRIES, retry_exceptions=False)
def _run(run: Callable[..., Any], job: Job, data: Any) -> dict[str, Any]:
    if isinstance(data, dict):
        data = ray.get(data["arrays"])
    return call(run, job, data)


def run_on_ray(
    run: Callable[..., Any],
    jobs: Sequence[Job],
    data: Mapping[str, Any],
    *,
    share: bool,
    jobs_at_a_time: int | None = None,
    done: Done,
) -> None:
    """Runs jobs on the cluster and tells of each as it ends, once, whatever machines are lost."""
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    function = ray.put(run)
    waiting = deque(jobs)
    running: dict[Any, Job] = {}
    shared: tuple[str | None, Any] = (None, None)
    while waiting or running:
        # Some more than there are processors, so that none waits for the next one's way here.
        most = jobs_at_a_time or max(2, int(2 * ray.cluster_resources().get("CPU", 1)))
        while waiting and len(running) < most:
            job = waiting.popleft()
            if job.name != shared[0] and job.name is not None:
                shared = (job.name, _given(data[job.name], share))
            running[_run.remote(function, job, shared[1])] = job
        ended, _ = ray.wait(list(running), num_returns=1, timeout=1.0)
        for reference in ended:
            job = running.pop(reference)
            try:
                results, error = ray.get(reference), ""
            except ray.exceptions.RayError as failure:
                results, error = None, str(failure).strip()
            done(job, results, error)


def _given(data: Any, share: bool) -> Any:
    """Data as a run gets them; arrays go into each machine's object store once."""
    if not share or not is_shareable(data):
        return data
    # Inside a container Ray hands on the references as they are, and a run maps what they refer to.
    return {"arrays": [ray.put(array) for array in arrays_of(data)]}
