"""The errors of the REST interface: HTTP status, code and text, each as documented, in one table."""

from typing import Any, Final


class RestError(Exception):
    """An answer other than success; `code` may be an empty string, as the legacy methods do."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code or description)
        self.status = status
        self.code = code
        self.description = description

    def body(self) -> dict[str, Any]:
        """Return the JSON body of this error."""
        return {"error": self.code, "error_description": self.description}


_TABLE: Final[dict[str, tuple[int, str, str]]] = {
    "unknown_method": (404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
    "wrong_code": (401, "NO_AUTH_FOUND", "Wrong authorization data"),
    "expired_token": (401, "expired_token", "The access token provided has expired."),
    "wrong_auth_type": (403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method"),
    "application_only": (400, "ACCESS_DENIED", "Access denied! Application context required"),
    "query_limit": (503, "QUERY_LIMIT_EXCEEDED", "Too many requests"),
    "overload": (503, "OVERLOAD_LIMIT", "REST API is blocked due to overload"),
    "operation_time": (429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."),
    "server_error": (500, "INTERNAL_SERVER_ERROR", "Internal server error"),
    "batch_length": (400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"),
    "batch_method": (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"),
    "event_unknown": (400, "ERROR_EVENT_NOT_FOUND", "Event not found"),
    "event_bound": (400, "ERROR_CORE", "Unable to set event handler: Handler already binded"),
    "type_unknown": (400, "NOT_FOUND", "Smart process not found"),
    "item_unknown": (400, "NOT_FOUND", "Item not found"),
    "element_unknown": (400, "NOT_FOUND", "Element not found"),
    "owner_unknown": (400, "OWNER_NOT_FOUND", "Owner of the item not found"),
    "owner_gone": (400, "NOT_FOUND", "Not found."),
    "access_denied": (400, "ACCESS_DENIED", "Access denied."),
    "stage_denied": (400, "-", "Insufficient permissions to change the stage"),
    "legacy_unknown": (400, "", "Not found"),
    "legacy_id": (400, "", "ID is not defined or invalid"),
    "legacy_fields": (400, "", "Parameter 'fields' must be array."),
    "binding_unknown": (400, "", "Not found."),
    "binding_id": (400, "", "The parameter ownerEntityID is invalid or not defined."),
    "binding_items": (400, "", "The parameter items must be array."),
    "binding_fields": (400, "", "The parameter 'fields' is not valid."),
    "task_denied": (400, "0", "Action on the task is not allowed"),
    "task_id": (400, "0", "wrong task id"),
    "task_id_missing": (
        400,
        "100",
        "CTaskItem All parameters in the constructor must have real class type (internal error)",
    ),
    "task_order": (400, "0", "Invalid sorting key (internal error)"),
    "fields_missing": (400, "100", "Could not find value for parameter {fields} (internal error)"),
    "required_missing": (400, "100", "Required fields are not provided"),
    "empty_comment": (400, "INVALID_ARG_VALUE", "Empty comment"),
    "datetime_format": (400, "WRONG_DATETIME_FORMAT", "Incorrect date format"),
    "feature_code": (400, "CODE_EMPTY", "CODE can't be empty"),
    "comm_type": (400, "Communication type is not defined", "Parameter 'type' is required."),
    "comm_values": (400, "Communication values is not defined", "Parameter 'values' is required."),
}


def error(name: str) -> RestError:
    """Return the documented error of that name."""
    return RestError(*_TABLE[name])


def invalid_value(field: str) -> RestError:
    """Return the error for a value a field cannot take."""
    return RestError(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{field}"')


def required(title: str) -> RestError:
    """Return the error for a mandatory field left empty."""
    return RestError(400, "CRM_FIELD_ERROR_REQUIRED", f'Required field "{title}" is not filled')


def not_iterable(value: object) -> RestError:
    """Return the error for one value given where a field takes many."""
    kind = {int: "integer", float: "double", bool: "boolean"}.get(type(value), "string")
    return RestError(400, "100", f"Expected iterable value for multiple field, but got {kind} instead")


def invalid_argument(text: str) -> RestError:
    """Return the error for a filter or an order that cannot be used."""
    return RestError(400, "INVALID_ARG_VALUE", text)


def task_error(text: str) -> RestError:
    """Return an error of the tasks module, whose texts carry HTML."""
    return RestError(400, "ERROR_CORE", f"{text}<br>")
