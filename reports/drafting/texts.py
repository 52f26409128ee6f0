"""The drafts themselves, line by line: 一、（一） headings as the office's papers have them."""

from __future__ import annotations

from collections.abc import Callable

from .figures import YearFigures

Lines = list[str]
PROBLEMS = "（逐条写明突出问题、涉及单位和原因。）"
MEASURES = "（写明下一步的具体措施、责任单位和时限。）"


def draft(kind: str, figures: YearFigures) -> str:
    """The text of one kind of draft. Raises KeyError for no kind of ours."""
    return "\n".join(_DRAFTS[kind](figures))


def _as_of(f: YearFigures) -> str:
    return f"截至{f.on.year}年{f.on.month}月{f.on.day}日"


def _spread(f: YearFigures) -> str:
    """How the year's work was laid out."""
    named = "、".join(f"《{title}》" for title in f.papers)
    told = f"印发{named}，" if named else ""
    told += f"细化任务{f.tasks.of}项并落实到责任领导、责任单位。"
    if f.letters.of:
        told += f"应签责任书{f.letters.of}份，已签订{f.letters.had}份，签订率{f.letters.percent}。"
    if f.promises:
        told += f"公开廉政承诺书{f.promises}份。"
    return told


def _tasks(f: YearFigures) -> str:
    told = f"{_as_of(f)}，{f.tasks.of}项任务办结{f.tasks.had}项，办结率{f.tasks.percent}"
    return told + (f"，逾期未办结{f.tasks_overdue}项。" if f.tasks_overdue else "，没有逾期任务。")


def _watched(f: YearFigures) -> str:
    if not f.rounds:
        told = "尚未开展督查。"
    else:
        told = (
            f"开展督查{f.rounds}次，应报{f.returns.of}单位次，已报{f.returns.had}单位次，"
            f"报送率{f.returns.percent}"
        )
        told += f"，其中逾期补报{f.returns_late}单位次。" if f.returns_late else "。"
    if f.bulletins:
        told += f"印发督查通报{f.bulletins}期。"
    if f.notices.of:
        told += f"发出督办文书{f.notices.of}份，销号{f.notices.had}份。"
    return told


def _rectified(f: YearFigures) -> str:
    if not f.findings:
        return "没有认定的问题。"
    told = (
        f"认定问题{f.findings}个，转入整改{f.rectified.of}个，已销号{f.rectified.had}个，"
        f"销号率{f.rectified.percent}"
    )
    return told + (f"，逾期未报{f.rectify_late}个。" if f.rectify_late else "。")


def _duties(f: YearFigures) -> str:
    due = [(kind, share) for kind, share, _ in f.duties if share.of]
    if not due:
        return "周期性履责事项均未到期。"
    parts = [f"{kind}应完成{share.of}项、已完成{share.had}项" for kind, share in due]
    return f"到期履责事项中，{'；'.join(parts)}。"


def _assessed(f: YearFigures) -> Lines:
    if not f.assessed:
        return ["（年度考核结果公布后写明考核情况。）"]
    lines = []
    for row in f.assessed:
        grades = "、".join(f"{grade}{count}个" for grade, count in row.grades)
        first = f"，第1名为{'、'.join(row.first)}" if row.first else ""
        lines.append(f"{row.kind}考核{row.count}个，平均{row.mean}分，{grades}{first}。")
    if f.uses:
        lines.append("结果运用：" + "、".join(f"{name}{count}项" for name, count in f.uses) + "。")
    return lines


def _weak(rows: tuple[tuple[str, int], ...]) -> str:
    return "、".join(f"“{name}”（{count}个）" for name, count in rows)


def _problems(f: YearFigures) -> Lines:
    lines = []
    if f.tasks_overdue:
        lines.append(f"一是推进不平衡，{f.tasks_overdue}项任务超过时限没有办结。")
    if f.rectify_late or f.rectified.of > f.rectified.had:
        left = f.rectified.of - f.rectified.had
        late = f"，其中{f.rectify_late}个逾期" if f.rectify_late else ""
        lines.append(f"{'二' if lines else '一'}是整改还有差距，{left}个问题尚未销号{late}。")
    if f.weak:
        number = "一二三"[len(lines)]
        lines.append(f"{number}是失分比较集中，考核中扣分单位较多的指标为{_weak(f.weak)}。")
    return [*lines, PROBLEMS]


def _plan(f: YearFigures) -> Lines:
    carried = []
    if f.carried_tasks:
        carried.append(f"上年度逾期任务{f.carried_tasks}项")
    if f.carried_rectifications:
        carried.append(f"未销号问题{f.carried_rectifications}个")
    told = f"对{'、'.join(carried)}继续办理，办结一项、销号一项。" if carried else ""
    if f.last_weak:
        told += f"对上年度考核扣分单位较多的指标{_weak(f.last_weak)}，重点改进。"
    coming = [f"{kind}{share.of + later}项" for kind, share, later in f.duties]
    rhythm = f"全年周期性履责事项：{'、'.join(coming)}。" if coming else ""
    return [
        f"为落实{f.year}年度党风廉政建设主体责任，现就年度工作安排如下：",
        "一、明确责任",
        _spread(f) if f.papers else "（写明年度实施意见和责任分工。）",
        "各级第一责任人负总责，班子成员履行一岗双责，逐级签订责任书、作出并公开承诺。",
        "二、按期履责",
        rhythm + "各责任主体按时限完成并登记，需要报送的材料同时报送。",
        "三、衔接上年",
        told or "上年度没有结转的逾期任务和未销号问题。",
        "四、督查考核",
        "每季度督查一次，发现的问题限期整改、复查销号；年底考核，结果公布并运用。",
        "（写明本年度重点督查事项。）",
        "五、有关要求",
        "（写明报送时限和联系人。）",
    ]


def _mid(f: YearFigures) -> Lines:
    return [
        f"现将{f.year}年度上半年党风廉政建设责任制落实情况通报如下：",
        "一、总体进展",
        _spread(f),
        _tasks(f),
        "二、履责情况",
        _duties(f),
        "三、督查和整改",
        _watched(f),
        _rectified(f),
        "四、存在问题",
        *_problems(f),
        "五、下半年工作要求",
        MEASURES,
    ]


def _summary(f: YearFigures) -> Lines:
    return [
        f"现将{f.year}年度党风廉政建设责任制落实情况总结如下：",
        "一、责任落实情况",
        _spread(f),
        _tasks(f),
        "二、履责情况",
        _duties(f),
        "三、督查和整改情况",
        _watched(f),
        _rectified(f),
        "四、考核情况",
        *_assessed(f),
        "五、存在问题",
        *_problems(f),
        "六、下一步打算",
        MEASURES,
    ]


def _main(f: YearFigures) -> Lines:
    return [
        f"现将{f.county}{f.year}年度履行党风廉政建设主体责任情况报告如下：",
        "一、履行主体责任情况",
        "（一）领导班子集体责任",
        _spread(f),
        _duties(f),
        "（二）第一责任人责任",
        "（写明主要负责人研究部署、过问协调、督办重要事项的情况。）",
        "（三）班子成员一岗双责",
        _tasks(f),
        "（四）督查整改和考核",
        _watched(f),
        _rectified(f),
        *_assessed(f),
        "二、存在问题",
        *_problems(f),
        "三、下一步打算",
        MEASURES,
    ]


def _watch(f: YearFigures) -> Lines:
    return [
        f"现将{f.county}{f.year}年度履行党风廉政建设监督责任情况报告如下：",
        "一、履行监督责任情况",
        "（一）监督检查",
        _watched(f),
        "（二）督促整改",
        _rectified(f),
        "（三）执纪问责",
        "（写明受理、核查和处理情况，不写正在办理的案件。）",
        "二、存在问题",
        PROBLEMS,
        "三、下一步打算",
        MEASURES,
    ]


def _superior(f: YearFigures) -> Lines:
    return [
        f"现将{f.county}{f.year}年度落实党风廉政建设责任制情况报告如下：",
        "一、主要做法",
        _spread(f),
        _duties(f),
        "二、工作成效",
        _tasks(f),
        _watched(f),
        _rectified(f),
        *_assessed(f),
        "三、存在问题",
        *_problems(f),
        "四、下一步打算",
        MEASURES,
        "特此报告。",
    ]


_DRAFTS: dict[str, Callable[[YearFigures], Lines]] = {
    "plan": _plan,
    "mid": _mid,
    "summary": _summary,
    "main": _main,
    "watch": _watch,
    "superior": _superior,
}
