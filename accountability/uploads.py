"""What may come in: every uploaded paper is screened and shown to the scanner, here alone.

Screening reads Word, Excel and PDF, which the tasks' reader of papers knows how to do;
accountability imports no tasks, so that settings name the screen (UPLOAD_SCREEN).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from .refusals import Invalid
from .virus_scan import Infected, NotScanned, scan

MARKED = (
    "{name}：发现密级标志（{mark}），没有保存。本系统为非涉密系统，请立即停止上传，"
    "断开含密级文件的存储，并向本单位保密工作机构和县纪委监委报告；"
    "确系误判的，去掉标志字样后重新上传，或填写文号代替文件。"
)


@dataclass(frozen=True, slots=True)
class Screened:
    """An admitted file: its type, and the 密级 mark that it bears ("" for none)."""

    content_type: str
    mark: str = ""


class NotAdmitted(Exception):
    """The file may not come in; says why and what to do."""


def admit(name: str, data: bytes) -> Screened:
    """Screen and scan a file; raises `NotAdmitted` with a sentence that names it.

    A 密级 mark is no refusal here: the caller seals such a file or turns it away.
    May take seconds; call it outside the door.
    """
    screen: Callable[[str, bytes], Screened] = import_string(settings.UPLOAD_SCREEN)
    screened = screen(name, data)
    try:
        scan(data)
    except Infected as found:
        raise NotAdmitted(
            f"{name}：杀毒软件发现病毒（{found}），没有保存。请在本机查杀后重新上传。"
        ) from found
    except NotScanned as silent:
        raise NotAdmitted(f"{name}：杀毒服务暂时没有应答，没有保存，请稍后再试。") from silent
    return screened


def label_of(name: str, mark: str) -> str:
    """What a marked file is called to whoever sent it: not by a name that bears the mark."""
    return "所选文件" if mark.startswith("文件名") else name


def content_type_of(name: str, data: bytes) -> str:
    """The type of a file that is kept as it is; `Invalid` for what may not come in.

    For papers without a quarantine of their own: a 密级 mark turns them away.
    """
    try:
        screened = admit(name, data)
    except NotAdmitted as refused:
        raise _refused(str(refused)) from refused
    if screened.mark:
        raise _refused(MARKED.format(name=label_of(name, screened.mark), mark=screened.mark))
    return screened.content_type


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, details={"file": [sentence]})
