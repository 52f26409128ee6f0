"""Keys to seal with."""

from tests.reports.signing.conftest import key_folder, portal_keys  # noqa: F401 - fixtures
