"""`test.echo`: notes its start in a file, works a while, answers with its parameters."""

from __future__ import annotations

import os
import time
from pathlib import Path

from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind


@job_kind("test.echo")
def echo(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The first attempt takes `seconds`; later ones are quick. It may run twice."""
    seconds = float(job.parameters["seconds"]) if job.attempts == 1 else 0.0
    with Path(job.parameters["log"]).open("a", encoding="ascii") as log:
        log.write(f"{os.getpid()} {job.attempts}\n")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.1)
        progress(50, "进行中")
    return Outcome(result={"text": job.parameters["text"]})
