"""Forms of the pages 权力清单."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from accountability.forms.directory import DirectoryForm
from accountability.models import Post, Unit, User


class PowerFileForm(DirectoryForm):
    """Whose list, and the workbook."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="单位",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请重新选择单位"},
    )
    post = forms.ModelChoiceField(
        Post.objects.none(),
        label="职务",
        required=False,
        empty_label="单位权责清单，不选职务",
        help_text="个人行使权力清单选择职务，须属于所选单位",
        error_messages={"invalid_choice": "请重新选择职务"},
    )
    file = forms.FileField(
        label="权力清单（.xlsx）",
        max_length=200,
        error_messages={"required": "请选择 .xlsx 文件", "empty": "文件是空的，请重新选择"},
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        units, posts = self.fields["unit"], self.fields["post"]
        assert isinstance(units, forms.ModelChoiceField)
        assert isinstance(posts, forms.ModelChoiceField)
        units.queryset = Unit.objects.visible_to(user).on(today).order_by("precedence", "id")
        posts.queryset = (
            Post.objects.visible_to(user)
            .on(today)
            .select_related("unit")
            .order_by("unit__precedence", "unit_id", "precedence", "id")
        )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError("文件超过 20 MB，请删去无关内容后再上传")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unit, post = cleaned.get("unit"), cleaned.get("post")
        if unit is not None and post is not None and post.unit_id != unit.pk:
            self.add_error("post", f"{post}不属于{unit}，请重新选择")
        return cleaned
