"""抽签: which team scores which subject, from a recorded seed; anybody can repeat it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence


class NoTeam(ValueError):
    """Every team has a member of this subject's own unit."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


def draw(
    seed: str, subjects: Mapping[str, Collection[str]], teams: Sequence[str]
) -> dict[str, str]:
    """A team for each subject; `subjects` gives the teams that may not have it (回避).

    Subjects in the order of SHA-256("seed:subject"), those with fewer possible teams
    first, each to the team with the fewest so far, the first named of equals. The same
    seed gives the same draw. Raises `NoTeam`.
    """
    load = dict.fromkeys(teams, 0)

    def place(subject: str) -> tuple[int, str]:
        possible = sum(team not in subjects[subject] for team in teams)
        return possible, hashlib.sha256(f"{seed}:{subject}".encode()).hexdigest()

    found: dict[str, str] = {}
    for subject in sorted(subjects, key=place):
        allowed = [team for team in teams if team not in subjects[subject]]
        if not allowed:
            raise NoTeam(subject)
        team = min(allowed, key=lambda name: load[name])
        load[team] += 1
        found[subject] = team
    return found
