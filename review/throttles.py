"""How often one address may report shared works. The page and the API count together; the rate is in the settings."""

from __future__ import annotations

from accounts.throttles import PerAddress


class ReportsPerAddress(PerAddress):
    """Enough for somebody who cares, too few to flood the reviewers."""

    scope = "report"
