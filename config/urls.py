"""Routes. Each has a row in config/route_policy.py."""

from django.urls import include, path

urlpatterns = [
    path("", include("accountability.urls")),
    path("", include("tasks.urls")),
    path("", include("reports.urls")),
]

handler400 = "accountability.views.errors.bad_request"
handler403 = "accountability.views.errors.forbidden"
handler404 = "accountability.views.errors.not_found"
handler500 = "accountability.views.errors.server_error"
