"""账本: what the database itself wrote down of every change (DESIGN, The ledger).

These tables are written by triggers alone and are never altered: a new
format would be a new table.
"""

from __future__ import annotations

from django.db import models


class LedgerRow(models.Model):
    """What happened to one row of one table, written in the statement itself.

    `chain` is the county's id, 0 for the installation. `txid` groups the rows
    of one transaction for linking (PostgreSQL; 0 on SQLite, which links at
    once). Times are text in UTC: the hash runs over the stored bytes.
    """

    id = models.BigAutoField(primary_key=True)
    chain = models.BigIntegerField("链")
    table = models.TextField("表")
    key = models.TextField("主键")
    op = models.CharField("操作", max_length=1)
    image = models.TextField("内容")
    actor = models.TextField("操作者")
    on_behalf_of = models.TextField("代何人")
    event = models.TextField("动作编号")
    at = models.TextField("时间")
    txid = models.BigIntegerField("事务")
    row_hash = models.TextField("摘要")

    class Meta:
        verbose_name = "账本记录"
        verbose_name_plural = verbose_name
        indexes = [
            models.Index(fields=["table", "key", "id"], name="ledger_row_object"),
            models.Index(fields=["txid"], name="ledger_row_txid"),
            models.Index(fields=["event"], name="ledger_row_event"),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.table} {self.key}"


class LedgerLink(models.Model):
    """The place of a row in its chain: written at commit, without gaps."""

    id = models.BigAutoField(primary_key=True)
    chain = models.BigIntegerField("链")
    seq = models.BigIntegerField("序号")
    row = models.OneToOneField(LedgerRow, models.PROTECT, related_name="link")
    hash = models.TextField("链摘要")

    class Meta:
        verbose_name = "账本链"
        verbose_name_plural = verbose_name
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="ledger_link_seq_unique")
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq}"


class LedgerHead(models.Model):
    """The end of a chain; its row lock makes the order of links total."""

    chain = models.BigIntegerField("链", primary_key=True)
    seq = models.BigIntegerField("序号")
    hash = models.TextField("链摘要")

    class Meta:
        verbose_name = "账本链尾"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq}"
