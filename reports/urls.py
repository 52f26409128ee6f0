"""Routes of what is handed out."""

from django.urls import URLPattern, path

from .views import (
    endorsements,
    letter_acts,
    letter_signing,
    letters,
    numbers,
    own_signature,
    papers,
    verify,
)

urlpatterns: list[URLPattern] = [
    path("settings/numbers/", numbers.number_list, name="settings_numbers"),
    path("settings/numbers/pattern/", numbers.number_pattern, name="number_pattern"),
    path("settings/numbers/<int:number_id>/void/", numbers.number_void, name="number_void"),
    path(
        "papers/<int:paper_id>/endorsements/",
        endorsements.paper_endorsements,
        name="paper_endorsements",
    ),
    path(
        "papers/<int:paper_id>/endorsements/ask/",
        endorsements.endorsement_ask,
        name="endorsement_ask",
    ),
    path(
        "endorsements/<int:endorsement_id>/sign/",
        endorsements.endorsement_sign,
        name="endorsement_sign",
    ),
    path(
        "endorsements/<int:endorsement_id>/return/",
        endorsements.endorsement_return,
        name="endorsement_return",
    ),
    path("papers/", papers.papers_latest, name="papers_latest"),
    path("y/<int:year>/papers/", papers.papers, name="papers"),
    path("papers/<int:paper_id>/export/<slug:kind>/", papers.paper_export, name="paper_export"),
    path(
        "papers/<int:paper_id>/issued/<slug:kind>/",
        papers.paper_issued_file,
        name="paper_issued_file",
    ),
    path("letters/", letters.letters_latest, name="letters_latest"),
    path("y/<int:year>/letters/", letters.letters, name="letters"),
    path("y/<int:year>/letters/make/", letter_acts.letters_make, name="letters_make"),
    path("y/<int:year>/letters/advance/", letter_acts.letters_advance, name="letters_advance"),
    path("y/<int:year>/letters.xlsx", letters.letters_xlsx, name="letters_xlsx"),
    path("y/<int:year>/letters.zip", letters.letters_zip, name="letters_zip"),
    path("y/<int:year>/duties.pdf", letters.duty_list, name="duty_list"),
    path("letters/wording/<slug:layer>/", letter_acts.letter_wording_page, name="letter_wording"),
    path("letters/setting/", letter_acts.letter_setting, name="letter_setting"),
    path("letters/<int:letter_id>/pdf/", letters.letter_pdf, name="letter_pdf"),
    path("letters/<int:letter_id>/docx/", letters.letter_docx, name="letter_docx"),
    path("letters/<int:letter_id>/move/", letter_acts.letter_move, name="letter_move"),
    path("letters/<int:letter_id>/return/", letter_acts.letter_return, name="letter_return"),
    path("letters/<int:letter_id>/revise/", letter_acts.letter_revise, name="letter_revise"),
    path("letters/<int:letter_id>/void/", letter_acts.letter_void, name="letter_void"),
    path("letters/<int:letter_id>/remind/", letter_acts.letter_remind, name="letter_remind"),
    path("y/<int:year>/letters/sign/", letter_signing.letters_sign, name="letters_sign"),
    path("letters/<int:letter_id>/sign/", letter_signing.letter_sign, name="letter_sign"),
    path("letters/<int:letter_id>/scan/", letter_acts.letter_scan, name="letter_scan"),
    path("verify/", verify.verify, name="verify"),
    path("me/signature/", own_signature.own_signature, name="own_signature"),
    path("me/signature/enrol/", own_signature.own_signature_enrol, name="own_signature_enrol"),
    path(
        "me/signature/picture/", own_signature.own_signature_picture, name="own_signature_picture"
    ),
    path("me/signature/end/", own_signature.own_signature_end, name="own_signature_end"),
]
