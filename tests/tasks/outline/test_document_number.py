"""The number that a paper carries at its head."""

import pytest

from tasks.outline.document_number import document_number
from tasks.outline.readers import read_pasted

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("关于工作的意见\n安政发〔2026〕3号\n各乡镇：", "安政发〔2026〕3号"),
        ("安政办发 [2026] 12 号\n关于工作的意见", "安政办发〔2026〕12号"),
        ("关于工作的意见\n根据安政发〔2025〕3号文件要求", ""),
    ],
)
def test_it_is_a_line_of_its_own_near_the_head(text: str, expected: str) -> None:
    assert document_number(read_pasted(text)) == expected
