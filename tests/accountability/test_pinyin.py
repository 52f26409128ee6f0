"""Heteronyms of surnames and places."""

import pytest

from accountability.pinyin import keys

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("单明", "shanming", "sm"),
        ("曾志强", "zengzhiqiang", "zzq"),
        ("解放", "xiefang", "xf"),
        ("区志远", "ouzhiyuan", "ozy"),
        ("欧阳修文", "ouyangxiuwen", "oyxw"),
        ("仇大海", "qiudahai", "qdh"),
        ("周建平", "zhoujianping", "zjp"),
        ("任喆", "renzhe", "rz"),
    ],
)
def test_surnames(name: str, full: str, initials: str) -> None:
    found_full, found_initials = keys([name], is_person=True)
    assert full in found_full.split()
    assert initials in found_initials.split()


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("县财政局", "czj"),
        ("县财政局", "xczj"),
        ("长岭乡", "clx"),
        ("重山镇", "csz"),
        ("乐平镇", "lpz"),
        ("单家集镇", "sjjz"),
        ("县行政审批服务局", "xzspfwj"),
        ("各乡镇", "gxz"),
        ("县住房和城乡建设局", "zfhcxjsj"),
    ],
)
def test_units(name: str, initials: str) -> None:
    assert initials in keys([name])[1].split()
