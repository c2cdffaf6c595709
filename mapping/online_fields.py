"""The fields of a mapping against those of its CRM: which are gone, and which look like one that a rule asks for."""

from __future__ import annotations

from mapping.checks_fields import ALWAYS_KNOWN
from mapping.checks_mapping import meanings
from mapping.differences import Differences, Remote
from mapping.document import Document, Path
from mapping.field_uses import field_uses
from mapping.files_conveyor import ConveyorFile
from mapping.files_mapping import MappingFile
from mapping.live import Live, LiveField
from mapping.problems import nearest


def compare_fields(
    found: Differences, document: Document, mapping: MappingFile, live: Live, conveyor: ConveyorFile | None
) -> None:
    """Report fields that the CRM does not have or does not let be written, and new ones that rules wait for."""
    for field, remote in mapping.fields.items():
        _find_field(found, document, ("fields", field), remote, live)
    written = mapping.write_back.model_dump(exclude_none=True) if mapping.write_back else {}
    for key, remote in written.items():
        same = _find_field(found, document, ("write_back", key), remote, live)
        if same is not None and not same.writable:
            message = f"the CRM does not let {remote!r} be written"
            found.add(document, ("write_back", key), "field-not-writable", message, "choose another field")
    if conveyor is not None:
        _find_new(found, document, mapping, live, conveyor)


def _find_field(
    found: Differences, document: Document, path: Path, remote: str, live: Live
) -> LiveField | None:
    """The CRM's field with this internal name, else the only one with this label."""
    for field in live.fields:
        if field.name == remote:
            return field
    labelled = [field for field in live.fields if field.label.casefold() == remote.casefold()]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        names = ", ".join(field.name for field in labelled)
        message = f"the CRM has several fields with the label {remote!r}"
        found.add(document, path, "ambiguous-field", message, f"write the internal name: {names}")
        return None
    meant = nearest(remote, [word for field in live.fields for word in (field.name, field.label)])
    message = f"the CRM has no field {remote!r}" + (f" - did you mean {meant!r}?" if meant else "")
    found.add(document, path, "field-gone", message, "write its internal name or its label")
    return None


def _find_new(
    found: Differences, document: Document, mapping: MappingFile, live: Live, conveyor: ConveyorFile
) -> None:
    """A field that a rule asks for, that is mapped elsewhere only, and that the CRM has by that very name."""
    stages = meanings(mapping)
    asked = {use.field for use in field_uses(conveyor) if use.stages & stages}
    for wanted in sorted(asked - mapping.fields.keys() - set(ALWAYS_KNOWN)):
        name = _plain(wanted.replace("_", " "))
        same = [
            each for each in live.fields if name in (_plain(each.label), _plain(each.name.replace("_", " ")))
        ]
        if len(same) == 1:
            label, name = same[0].label, same[0].name
            message = f"a rule asks for {wanted!r}, and the CRM has a field {label!r} that is not mapped"
            path, hint = ("fields", wanted), f"add {wanted}: {name}"
            remote = Remote(name, label)
            found.add(
                document, path, "field-to-map", message, hint, severity="warning", key=True, remote=remote
            )


def _plain(word: str) -> str:
    return word.casefold().strip()
