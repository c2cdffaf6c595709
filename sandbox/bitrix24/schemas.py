"""Tables of the standard fields of deals, contacts and companies; no behaviour."""

from typing import Any, Final, TypeAlias

from .fields import COMPANY, CONTACT, DEAL, Field, Schema

# Each row: crm.item name, legacy name, type, default.
Row: TypeAlias = tuple[str, str | None, str, Any]

_DEAL_SYSTEM: Final[tuple[Row, ...]] = (
    ("id", "ID", "integer", None),
    ("createdTime", "DATE_CREATE", "datetime", None),
    ("updatedTime", "DATE_MODIFY", "datetime", None),
    ("createdBy", "CREATED_BY_ID", "user", None),
    ("updatedBy", "MODIFY_BY_ID", "user", None),
    ("movedTime", "MOVED_TIME", "datetime", None),
    ("movedBy", "MOVED_BY_ID", "user", None),
    ("stageSemanticId", "STAGE_SEMANTIC_ID", "string", "P"),
    ("closed", "CLOSED", "boolean", "N"),
    ("isNew", "IS_NEW", "boolean", "N"),
    ("isRecurring", "IS_RECURRING", "boolean", "N"),
    ("lastActivityTime", "LAST_ACTIVITY_TIME", "datetime", None),
    ("lastActivityBy", "LAST_ACTIVITY_BY", "user", None),
)
_DEAL: Final[tuple[Row, ...]] = (
    ("assignedById", "ASSIGNED_BY_ID", "user", None),
    ("opened", "OPENED", "boolean", "Y"),
    ("leadId", "LEAD_ID", "crm_lead", None),
    ("companyId", "COMPANY_ID", "crm_company", 0),
    ("contactId", "CONTACT_ID", "crm_contact", 0),
    ("quoteId", "QUOTE_ID", "crm_quote", None),
    ("title", "TITLE", "string", None),
    ("categoryId", "CATEGORY_ID", "crm_category", 0),
    ("stageId", "STAGE_ID", "crm_status", None),
    ("isReturnCustomer", "IS_RETURN_CUSTOMER", "boolean", "N"),
    ("isRepeatedApproach", "IS_REPEATED_APPROACH", "boolean", "N"),
    ("typeId", "TYPE_ID", "crm_status", "SALE"),
    ("opportunity", "OPPORTUNITY", "double", 0.0),
    ("isManualOpportunity", "IS_MANUAL_OPPORTUNITY", "boolean", "N"),
    ("taxValue", "TAX_VALUE", "double", 0.0),
    ("currencyId", "CURRENCY_ID", "crm_currency", "EUR"),
    ("probability", "PROBABILITY", "integer", None),
    ("comments", "COMMENTS", "text", None),
    ("begindate", "BEGINDATE", "date", None),
    ("closedate", "CLOSEDATE", "date", None),
    ("sourceId", "SOURCE_ID", "crm_status", None),
    ("sourceDescription", "SOURCE_DESCRIPTION", "text", None),
    ("originatorId", "ORIGINATOR_ID", "string", None),
    ("originId", "ORIGIN_ID", "string", None),
    ("additionalInfo", "ADDITIONAL_INFO", "string", None),
    ("utmSource", "UTM_SOURCE", "string", None),
    ("utmMedium", "UTM_MEDIUM", "string", None),
    ("utmCampaign", "UTM_CAMPAIGN", "string", None),
    ("utmContent", "UTM_CONTENT", "string", None),
    ("utmTerm", "UTM_TERM", "string", None),
)
_PERSON_SYSTEM: Final[tuple[Row, ...]] = (
    ("id", "ID", "integer", None),
    ("createdTime", "DATE_CREATE", "datetime", None),
    ("updatedTime", "DATE_MODIFY", "datetime", None),
    ("createdBy", "CREATED_BY_ID", "user", None),
    ("updatedBy", "MODIFY_BY_ID", "user", None),
    ("lastActivityTime", "LAST_ACTIVITY_TIME", "datetime", None),
    ("lastActivityBy", "LAST_ACTIVITY_BY", "user", None),
)
_SHARED: Final[tuple[Row, ...]] = (
    ("assignedById", "ASSIGNED_BY_ID", "user", None),
    ("opened", "OPENED", "boolean", "Y"),
    ("comments", "COMMENTS", "text", None),
    ("sourceId", "SOURCE_ID", "crm_status", None),
    ("originatorId", "ORIGINATOR_ID", "string", None),
    ("originId", "ORIGIN_ID", "string", None),
)
_CONTACT: Final[tuple[Row, ...]] = (
    ("name", "NAME", "string", None),
    ("lastName", "LAST_NAME", "string", None),
    ("secondName", "SECOND_NAME", "string", None),
    ("post", "POST", "string", None),
    ("companyId", "COMPANY_ID", "crm_company", 0),
    ("typeId", "TYPE_ID", "crm_status", "CLIENT"),
)
_COMPANY: Final[tuple[Row, ...]] = (
    ("title", "TITLE", "string", None),
    ("typeId", "COMPANY_TYPE", "crm_status", "CUSTOMER"),
    ("industry", "INDUSTRY", "crm_status", None),
    ("revenue", "REVENUE", "double", 0.0),
    ("employees", "EMPLOYEES", "crm_status", None),
    ("isMyCompany", "IS_MY_COMPANY", "boolean", "N"),
)

# Shown in answers, but always null: their values live elsewhere (`stageSemanticId`).
DISABLED: Final[dict[int, tuple[str, ...]]] = {
    DEAL: ("isWon", "isLose", "isWork", "dateCreateShort", "dateModifyShort", "hasProducts", "productId"),
    CONTACT: ("dateCreateShort", "dateModifyShort", "birthdate"),
    COMPANY: ("dateCreateShort", "dateModifyShort"),
}

_CUSTOM: Final[tuple[tuple[str, str, str], ...]] = (
    ("UF_CRM_BUDGET", "double", "Budget"),
    ("UF_CRM_DECISION_MAKER", "string", "Decision maker"),
    ("UF_CRM_CONTRACT_END", "date", "Contract end"),
    ("UF_CRM_LOST_REASON", "string", "Lost reason"),
    ("UF_CRM_CONVEYOR_SECTION", "string", "Conveyor section"),
    ("UF_CRM_CONVEYOR_ACCEPT_BY", "string", "Accept by"),
)


def _schema(
    system: tuple[Row, ...], rows: tuple[Row, ...], many: dict[str, tuple[str, str | None]]
) -> Schema:
    schema = Schema()
    for name, legacy, type_, default in system:
        schema.add(Field(name, type_, legacy, default=default, read_only=True))
    for name, legacy, type_, default in rows:
        schema.add(Field(name, type_, legacy, default=default))
    for name, (type_, old) in many.items():
        schema.add(Field(name, type_, old, multiple=True, default=()))
    return schema


def standard_schemas() -> dict[int, Schema]:
    """Return fresh schemas by entityTypeId, deals with the custom fields a sales team would have added."""
    deals = _schema(
        _DEAL_SYSTEM, _DEAL, {"contactIds": ("crm_contact", "CONTACT_IDS"), "observers": ("user", None)}
    )
    for original, type_, title in _CUSTOM:
        deals.add_custom(original, type_, title=title)
    contacts = _schema(_PERSON_SYSTEM, _CONTACT + _SHARED, {"companyIds": ("crm_company", None)})
    companies = _schema(_PERSON_SYSTEM, _COMPANY + _SHARED, {"contactIds": ("crm_contact", None)})
    return {DEAL: deals, CONTACT: contacts, COMPANY: companies}
