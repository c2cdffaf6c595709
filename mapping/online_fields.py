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
from mapping.phrases import phrase
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
            message = phrase("the CRM does not let {field} be written", field=repr(remote))
            hint = phrase("choose another field")
            found.add(document, ("write_back", key), "field-not-writable", message, hint)
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
        message = phrase("the CRM has several fields with the label {field}", field=repr(remote))
        hint = phrase("write the internal name: {names}", names=names)
        found.add(document, path, "ambiguous-field", message, hint)
        return None
    meant = nearest(remote, [word for field in live.fields for word in (field.name, field.label)])
    message = phrase("the CRM has no field {field}", field=repr(remote))
    if meant:
        message = phrase("{problem} - did you mean {name}?", problem=message, name=repr(meant))
    found.add(document, path, "field-gone", message, phrase("write its internal name or its label"))
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
            message = phrase(
                "a rule asks for {wanted}, and the CRM has a field {field} that is not mapped",
                wanted=repr(wanted),
                field=repr(label),
            )
            path, hint = ("fields", wanted), phrase("add {line}", line=f"{wanted}: {name}")
            remote = Remote(name, label)
            found.add(
                document, path, "field-to-map", message, hint, severity="warning", key=True, remote=remote
            )


def _plain(word: str) -> str:
    return word.casefold().strip()
