"""The sentences with which a file is refused, by code, in one place for the copy editor.

Each says what is wrong and what to do about it. `refuse(code)` makes the exception.
"""

from __future__ import annotations

from tasks.outline.refusal import Refused

REFUSALS: dict[str, str] = {
    # The file as a whole
    "empty": "文件是空的，没有内容可读取，请核对后重新选择文件。",
    "empty_text": "没有收到文字内容，请粘贴全文后再提交。",
    "no_text": "文件中没有可读取的文字，可能是扫描件或图片，请提供文字版的 .docx 文件。",
    "too_large": "文件超过 20 MB，无法读取，请删去其中的图片或拆分后重新上传。",
    "no_extension": "文件名没有扩展名，无法判断类型，请另存为 .docx、.xlsx 或 .txt 后重新上传。",
    "unknown_extension": "不支持这种类型的文件，请另存为 .docx、.xlsx 或 .txt 后重新上传。",
    "mismatch": (
        "文件内容与扩展名不一致，请用原来的软件打开后另存为 .docx、.xlsx 或 .txt，再重新上传。"
    ),
    # Other formats
    "old_word": (
        "这是旧版 Word 文档（.doc），无法直接读取，"
        "请用 Word 或 WPS 打开，选择“另存为”，类型选“Word 文档（*.docx）”后重新上传。"
    ),
    "old_wps": (
        "这是 WPS 文字文档（.wps），无法直接读取，"
        "请用 WPS 打开，选择“另存为”，类型选“Word 文档（*.docx）”后重新上传。"
    ),
    "old_excel": (
        "这是旧版 Excel 工作簿（.xls），无法直接读取，"
        "请用 Excel 或 WPS 打开，选择“另存为”，类型选“Excel 工作簿（*.xlsx）”后重新上传。"
    ),
    "old_et": (
        "这是 WPS 表格文档（.et），无法直接读取，"
        "请用 WPS 打开，选择“另存为”，类型选“Excel 工作簿（*.xlsx）”后重新上传。"
    ),
    "rich_text": (
        "这是 RTF 文档，无法直接读取，"
        "请用 Word 或 WPS 打开，选择“另存为”，类型选“Word 文档（*.docx）”后重新上传。"
    ),
    "pdf": (
        "这是 PDF 文件，无法直接读取，请上传原来的 .docx 文件；"
        "只有 PDF 的，请用 Word 或 WPS 转换为 .docx 并核对文字后重新上传。"
    ),
    "open_document": (
        "这是开放文档格式的文件，无法直接读取，"
        "请用原来的软件打开，另存为 .docx 或 .xlsx 后重新上传。"
    ),
    "comma_separated": (
        "这是逗号分隔的文本表格，无法直接读取，"
        "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”后重新上传。"
    ),
    "template": (
        "这是模板文件，无法直接读取，请打开后另存为“Word 文档（*.docx）”或 .xlsx，再重新上传。"
    ),
    "old_renamed": (
        "文件实际是旧版格式，只是改了扩展名，"
        "请用 Word、Excel 或 WPS 打开后另存为 .docx 或 .xlsx，再重新上传。"
    ),
    "encrypted": "文件设有打开密码，无法读取，请在 Word 或 WPS 中取消密码并保存后重新上传。",
    # The container
    "damaged": "文件不完整或已损坏，无法读取，请重新复制或下载原文件，能正常打开后再上传。",
    "too_many_entries": (
        "文件内部的部件超过 2000 个，无法读取，请删去多余的图片和对象并另存后重新上传。"
    ),
    "inflated": "文件解压后超过 100 MB，无法读取，请删去其中的图片和空白内容并另存后重新上传。",
    "ratio": "文件的压缩比异常，可能不是正常的文档，请用 Word 或 WPS 打开后另存，再重新上传。",
    "entry_name": (
        "文件内部的部件名称异常，可能不是正常的文档，请用 Word 或 WPS 打开后另存，再重新上传。"
    ),
    "entry_layout": (
        "文件内部的结构异常，可能不是正常的文档，请用 Word 或 WPS 打开后另存，再重新上传。"
    ),
    "nested": (
        "文件中夹带了其他文件，不能读取，请删去嵌入的对象（图表请转为图片）并另存后重新上传。"
    ),
    "macro": "文件含有宏，不能读取，请另存为不含宏的 .docx 或 .xlsx 后重新上传。",
    "external": (
        "文件引用了外部的模板、图片或数据，不能读取，"
        "请在 Word 或 WPS 中断开外部链接并另存后重新上传。"
    ),
    "hyperlink": (
        "文件含有指向本机或局域网文件的超链接，不能读取，请取消这些超链接并保存后重新上传。"
    ),
    "embedded": "文件嵌入了其他文档或控件，不能读取，请删去嵌入的对象并另存后重新上传。",
    "doctype": (
        "文件内部含有不允许的定义（DTD），不能读取，请用 Word 或 WPS 打开后另存，再重新上传。"
    ),
    "xml_encoding": "文件内部的文字编码异常，无法读取，请用 Word 或 WPS 打开后另存，再重新上传。",
    "xml_broken": "文件内部的内容已损坏，无法读取，请用 Word 或 WPS 打开后另存，再重新上传。",
    "strict": (
        "文件保存成了“Strict Open XML”格式，无法读取，"
        "请另存为“Word 文档（*.docx）”或“Excel 工作簿（*.xlsx）”后重新上传。"
    ),
    "too_complex": "文件内容过多，无法读取，请拆分成几个文件，或删去无关的内容后重新上传。",
    # Sheets and texts
    "no_sheet": "工作簿中没有可见的工作表，请取消隐藏要导入的工作表并保存后重新上传。",
    "binary_text": (
        "文件不是纯文本，无法读取，请用原来的软件打开后另存为 .docx 或 .txt，再重新上传。"
    ),
    "text_encoding": "无法判断文本文件的编码，请用记事本打开，另存为 UTF-8 编码后重新上传。",
    "text_broken": (
        "文本文件的编码有损坏，部分文字无法读取，请用记事本打开核对，另存为 UTF-8 后重新上传。"
    ),
    # The child process
    "timeout": "文件内容过于复杂，未能在限定时间内读完，请拆分或另存后重新上传。",
    "memory": "文件内容过于复杂，超出读取所允许的内存，请拆分或删去无关的内容后重新上传。",
    "crashed": "未能读取这份文件，请用 Word 或 WPS 打开后另存，再重新上传。",
}


def refuse(code: str) -> Refused:
    """The refusal for `code`; a KeyError is a mistake of the programmer."""
    return Refused(REFUSALS[code], code=code)
