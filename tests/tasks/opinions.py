"""Invented opinions for tests, laid out like the real ones; none of their sentences is real."""

from __future__ import annotations

SLOTS = "责任领导：\n责任人员：\n牵头单位：\n责任单位：\n"
_TOPICS = "档案清点车辆台账会议费用印章管理工程变更合同备案物资领用值班安排信访回访督查回头"


def opinion(
    *, slots: bool = True, drop_first: bool = False, more: int = 0, text: str | None = None
) -> str:
    """Five items in three levels, 19 slots; `more` items follow in a further part."""
    body = text or _BODY
    if drop_first:
        start, end = body.index("1.班子履行"), body.index("2.主要负责人履行")
        body = body[:start] + body[end:]
    if more:
        extra = ["四、附加事项" if "三、" not in body else "三、附加事项"]
        if "三、保障" in body:
            head, tail = body.split("三、保障", 1)
            body, extra = head, ["三、附加事项"]
            closing = "四、保障" + tail
        else:
            closing = ""
        for number in range(1, more + 1):
            topic = "".join(_TOPICS[(number * 7 + k * 3) % len(_TOPICS)] for k in range(12))
            extra.append(
                f"{number}.做好第{number}类{topic}工作。"
                f"由专人负责{topic}，每周登记第{number}号簿册，逐笔核对后存档备查。\n{SLOTS}".rstrip()
            )
        body = body + "\n".join(extra) + "\n" + closing
    if not slots:
        body = "\n".join(
            line for line in body.splitlines() if not line.startswith(("责任", "牵头"))
        )
    return body


_BODY = f"""试县人民政府关于落实廉政责任的实施意见
为做好本年度廉政工作，提出以下意见。
一、明确责任
1.班子履行集体责任。各单位要统一思想认识，把这项工作与业务工作一同安排、一同检查。
责任领导：
牵头单位：
责任单位：
2.主要负责人履行第一责任。主要负责人要亲自部署重要事项，定期听取汇报。
{SLOTS}二、突出重点
（一）管好人事
按照编制使用人员，进人必须公开招考，任前必须公示。《**县编制管理办法》要落实到位。
{SLOTS}（二）管好资金
1.严控开支。2026年6月30日前完成公务支出清理。按季核对账目，区财政局要逐笔复核。
{SLOTS}2.公开预算。部门预算按月公开，接受群众监督，发现问题及时改正，公开内容要让群众看得懂、能监督，不得以概数代替明细。
{SLOTS}三、保障措施
1.加强领导。县政府每季度听取一次部门汇报，每半年开展一次督查。
"""

OPINION = opinion()

FILLED = """试县廉政任务分工意见
一、明确责任
1.管好资金。各单位按季核对账目。
责任领导：周建平
责任人员：黄志强、何文
牵头单位：财政局
责任单位：住建局、各乡镇、县林草局、某公司
2.管好人事。进人必须公开招考。
责任领导：
责任人员：
牵头单位：
责任单位：
"""
