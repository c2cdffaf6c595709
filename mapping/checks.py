"""All checks of a configuration that need no CRM, across its files. Each check is a function in one of `checks_*`."""

from __future__ import annotations

from mapping.checks_cases import check_cases
from mapping.checks_connections import check_connections
from mapping.checks_fields import check_fields
from mapping.checks_handoffs import check_handoffs
from mapping.checks_line import check_line
from mapping.checks_mapping import check_mappings
from mapping.checks_team import check_team
from mapping.parsed import Parsed


def check_all(parsed: Parsed) -> None:
    """Report to each document every mistake that its model alone does not show."""
    check_connections(parsed)
    check_line(parsed)
    check_handoffs(parsed)
    check_mappings(parsed)
    check_fields(parsed)
    check_team(parsed)
    check_cases(parsed)
