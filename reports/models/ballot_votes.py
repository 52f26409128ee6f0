"""What lies between a slip and a result. No history, no actor, no time, no number that counts up.

The working tables (`BallotCode`, `BallotBlank`, `BallotTally`) are emptied at the
closing and their files written anew (`reports.services.ballot_sweeping`). Nothing
but chance decides the order of their rows: see `docs/decisions/0018-ballots.md`. No
database constraint holds codes and blanks to their ballot: PostgreSQL would lock the
ballot's row for each vote, and the lock leaves the vote's transaction in it.
"""

from __future__ import annotations

from django.db import models

from .ballot import Ballot


class BallotCode(models.Model):
    """A one-time code (投票码) that was not used yet, as its digest. Made with the slips.

    A vote deletes its row: what is not there cannot be joined to what was voted.
    """

    digest = models.CharField("投票码摘要", max_length=64, primary_key=True)
    ballot = models.ForeignKey(
        Ballot, models.PROTECT, related_name="+", db_constraint=False, verbose_name="测评"
    )

    class Meta:
        verbose_name = "投票码"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.ballot}的投票码"


class BallotBlank(models.Model):
    """A ballot paper (空白票) with a random key, made before the vote; `choices` "" is blank.

    A vote fills one that chance chooses, and puts all of them into a new order.
    """

    key = models.CharField("随机号", max_length=32, primary_key=True)
    ballot = models.ForeignKey(
        Ballot, models.PROTECT, related_name="+", db_constraint=False, verbose_name="测评"
    )
    choices = models.CharField("所选", max_length=60, blank=True)

    class Meta:
        verbose_name = "空白票"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.ballot}的一张票"


class BallotTally(models.Model):
    """What one teller counted: sums, never a single paper. Replaced when he counts again."""

    teller = models.OneToOneField(
        "reports.Teller",
        models.PROTECT,
        primary_key=True,
        related_name="tally",
        verbose_name="计票人",
    )
    returned = models.PositiveIntegerField("收回票")
    spoiled = models.PositiveIntegerField("无效票")
    abstained = models.PositiveIntegerField("弃权票")
    chosen = models.JSONField("各选项票数")

    class Meta:
        verbose_name = "计票录入"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.teller}的录入"


class SealedVote(models.Model):
    """One answer to one aspect, after the closing. Answers of one vote do not stand together.

    Written once, in random order with random keys; `Ballot.digest` is over all of a ballot.
    """

    key = models.CharField("随机号", max_length=32, primary_key=True)
    ballot = models.ForeignKey(
        Ballot, models.PROTECT, related_name="sealed_votes", verbose_name="测评"
    )
    aspect = models.PositiveSmallIntegerField("测评项目")
    option = models.PositiveSmallIntegerField("所选")

    class Meta:
        verbose_name = "封存票"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.ballot}的封存票"
