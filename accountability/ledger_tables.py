"""What the ledger does with the tables of Django and of WHO answers."""

from .trail.registry import Table, Treatment, exempt

_OF_GROUP = "(SELECT county_id FROM accountability_unitgroup WHERE id = {row}.group_id)"
_OF_POST = "(SELECT county_id FROM accountability_post WHERE id = {row}.post_id)"
_OF_USER = "(SELECT county_id FROM accountability_user WHERE id = {row}.user_id)"

TABLES: dict[str, Table] = {
    "accountability.county": Table(Treatment.AUDITED, chain="{row}.id"),
    "accountability.groupmembership": Table(Treatment.AUDITED, chain=_OF_GROUP),
    "accountability.tenure": Table(Treatment.AUDITED, chain=_OF_POST),
    "accountability.portfolio": Table(Treatment.AUDITED, chain=_OF_POST),
    "accountability.user": Table(
        Treatment.AUDITED, chain="{row}.county_id", secrets=("password", "last_login")
    ),
    "accountability.secondfactor": Table(Treatment.AUDITED, chain=_OF_USER, secrets=("secret",)),
    "accountability.passwordhistory": Table(
        Treatment.AUDITED, chain=_OF_USER, secrets=("encoded",)
    ),
    "accountability.setupcode": Table(Treatment.AUDITED, chain=_OF_USER, secrets=("digest",)),
    "accountability.accountsession": exempt("登录会话，开始和结束另有审计记录"),
    "axes.accessattempt": exempt("登录计数，解锁即删；未通过的登录另有审计记录"),
    "axes.accessattemptexpiration": exempt("登录计数，未启用"),
    "axes.accessfailurelog": exempt("未启用；未通过的登录另有审计记录"),
    "axes.accesslog": exempt("未启用；登录和退出另有审计记录"),
    "accountability.rolegrant": Table(Treatment.AUDITED, chain=_OF_USER),
    "accountability.rightsgroup": Table(Treatment.AUDITED, chain="{row}.county_id"),
    "accountability.auditevent": Table(
        Treatment.HASH_ONLY, chain="{row}.county_id", is_write_once=True
    ),
    "accountability.auditeventunit": Table(
        Treatment.HASH_ONLY,
        chain="(SELECT county_id FROM accountability_auditevent WHERE id = {row}.event_id)",
        is_write_once=True,
    ),
    # Rights come from roles, seats and slots alone (DESIGN decision 6).
    "accountability.user_groups": Table(Treatment.AUDITED, chain=_OF_USER, stays_empty=True),
    "accountability.user_user_permissions": Table(
        Treatment.AUDITED, chain=_OF_USER, stays_empty=True
    ),
    # Named by services.rights.name_of; PostgreSQL refuses any other name.
    "auth.group": Table(Treatment.AUDITED, chain="CAST(substr({row}.name, 1, 10) AS bigint)"),
    "auth.group_permissions": Table(Treatment.AUDITED, stays_empty=True),
    "guardian.userobjectpermission": Table(Treatment.AUDITED, stays_empty=True),
    "guardian.groupobjectpermission": Table(Treatment.AUDITED, stays_empty=True),
    "auth.permission": exempt("由程序随版本生成，不由人改动"),
    "contenttypes.contenttype": exempt("由程序随版本生成，不由人改动"),
    "sessions.session": exempt("登录会话，登录和退出另有审计记录"),
    "accountability.job": exempt("后台任务的租约和进度；其结果另行入账"),
    # Written once and never changed: what was told to whom is proved by its hash.
    "accountability.outboxmessage": Table(
        Treatment.HASH_ONLY, chain="{row}.county_id", is_write_once=True
    ),
    # Corrected by a further entry alone; what is sealed stands sealed in its image.
    "accountability.interference": Table(
        Treatment.AUDITED, chain="{row}.county_id", is_write_once=True
    ),
    "accountability.gateway": Table(
        Treatment.AUDITED, chain="{row}.county_id", secrets=("address",)
    ),
    "accountability.outboxdelivery": exempt("消息的送达和已读状态；消息本身入账"),
    "accountability.checkpointcopy": exempt("存证点的报送状态；存证点自有签名，存于数据库外"),
    "accountability.directorydraft": exempt("导入前的草稿，确认导入后才成为单位和人员"),
    "accountability.ledgerrow": exempt("账本自身"),
    "accountability.ledgerlink": exempt("账本自身"),
    "accountability.ledgerhead": exempt("账本自身"),
}
