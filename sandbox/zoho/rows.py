"""The long rows of metadata: an org, a module, a layout, a related list. Nothing is looked up here."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.modules import DEALS, NOTES, TASKS, Module

EUR = {"currency": "Euro", "currency_symbol": "€", "iso_code": "EUR", "currency_locale": "en_BE"}


LAYOUT_ACTIONS = ("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions")


def org_row(id: str, multi_currency: bool, edition: str) -> dict[str, Any]:
    """Return the org."""
    return {
        "country": "Bulgaria",
        "photo_id": None,
        "city": "Sofia",
        "description": None,
        "mc_status": multi_currency,
        "gapps_enabled": False,
        "translation_enabled": False,
        "street": None,
        "alias": None,
        "id": str(7_328_395_000_000_000_000 + 21),
        "state": None,
        "fax": None,
        "employee_count": "40",
        "zip": None,
        "website": "https://acme.example",
        "mobile": None,
        "time_zone": "Europe/Sofia",
        "phone": None,
        "privacy_settings": False,
        "zia_portal_id": None,
        "domain_name": f"org{id}",
        "hipaa_compliance_enabled": False,
        "country_code": "BG",
        "company_name": "Acme",
        "primary_email": "ivan@acme.example",
        "zgid": id,
        "license_details": {
            "paid_expiry": None,
            "users_license_purchased": 10,
            "trial_type": None,
            "trial_expiry": None,
            "paid": edition != "free",
            "paid_type": edition,
            "portal_users_license_purchased": 0,
        },
        **EUR,
    }


def module_row(module: Module, place: int) -> dict[str, Any]:
    """Return a module as /settings/modules shows it."""
    return {
        "global_search_supported": True,
        "public_fields_configured": False,
        "recycle_bin_on_delete": True,
        "has_more_profiles": False,
        "sub_menu_available": True,
        "deletable": True,
        "description": None,
        "creatable": True,
        "modified_time": None,
        "plural_label": f"{module.singular}s"[:25],
        "singular_label": module.singular,
        "id": str(module.id),
        "api_name": module.name,
        "module_name": module.name,
        "isBlueprintSupported": module.name == DEALS,
        "visibility": 1,
        "convertable": module.name == "Leads",
        "editable": True,
        "viewable": True,
        "api_supported": True,
        "show_as_tab": True,
        "generated_type": "default",
        "quick_create": True,
        "triggers_supported": True,
        "profile_count": 2,
        "profiles": [],
        "parent_module": None,
        "status": "visible",
        "sequence_number": place,
        "business_card_field_limit": 5,
        "web_link": None,
        "arguments": [],
        "modified_by": None,
    }


def layout_row(
    id: int, name: str, module: Module, fields: list[dict[str, Any]], moment: str
) -> dict[str, Any]:
    """Return a layout with one section that holds all fields."""
    section = {
        "isSubformSection": False,
        "display_label": f"{module.singular} Information",
        "mode": "all",
        "type": "used",
        "sequence_number": 1,
        "actions_allowed": dict.fromkeys(
            (
                "add_field",
                "rename",
                "change_tab_traversal",
                "reorder",
                "delete",
                "remove_field",
                "change_column_count",
            ),
            False,
        ),
        "tab_traversal": "left_to_right",
        "api_name": f"{module.singular.replace(' ', '_')}_Information",
        "column_count": 2,
        "name": f"{module.singular} Information",
        "generated_type": "default",
        "id": str(id + 1),
        "fields": fields,
        "properties": None,
    }
    return {
        "has_more_profiles": False,
        "created_time": None,
        "convert_mapping": None,
        "visible": True,
        "created_for": None,
        "profiles": None,
        "source": "crm",
        "created_by": None,
        "sections": [section],
        "name": name,
        "display_label": name,
        "modified_time": moment,
        "api_name": "Standard",
        "modified_by": None,
        "id": str(id),
        "status": "active",
        "generated_type": "system",
        "actions_allowed": dict.fromkeys(LAYOUT_ACTIONS, False),
        "show_business_card": False,
    }


def related_list_rows(module: Module, history: Module) -> list[dict[str, Any]]:
    """Return the related lists of a module."""
    if module.name != DEALS:
        return []
    names = [
        ("Stage_History", "Stage History", history.name, history.id),
        (NOTES, NOTES, NOTES, module.id + 2),
        (TASKS, "Open Activities", TASKS, module.id + 3),
        ("Contact_Roles", "Contact Roles", "Contacts", module.id + 4),
    ]
    return [
        {
            "id": str(module.id + 700 + place),
            "sequence_number": str(place),
            "display_label": label,
            "api_name": name,
            "module": {"api_name": target, "id": str(target_id)},
            "name": label,
            "action": None,
            "href": f"Deals/{{ENTITYID}}/{name}",
            "type": "default",
            "customize_sort": False,
            "customize_fields": False,
            "customize_display_label": False,
            "status": "visible",
        }
        for place, (name, label, target, target_id) in enumerate(names, 1)
    ]
