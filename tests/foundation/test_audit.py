import pytest

from keepwell.foundation.audit import services as audit
from keepwell.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def three_entries():
    return [
        audit.log(
            actor="ada", action="customer.read", object_type="customer", object_id=f"C{n}", details={"n": n}
        )
        for n in range(3)
    ]


def test_an_untouched_chain_verifies():
    three_entries()
    assert audit.verify() is None


def test_a_changed_entry_is_found():
    entries = three_entries()
    AuditEntry.objects.filter(pk=entries[1].pk).update(actor="mallory")
    assert audit.verify() == entries[1].pk


def test_a_removed_entry_is_found():
    entries = three_entries()
    AuditEntry.objects.filter(pk=entries[1].pk)._raw_delete("default")
    assert audit.verify() == entries[2].pk


def test_a_removed_last_entry_is_found():
    entries = three_entries()
    AuditEntry.objects.filter(pk=entries[2].pk)._raw_delete("default")
    assert audit.verify() is not None


def test_an_entry_refuses_change_and_deletion():
    entry = three_entries()[0]
    entry.actor = "mallory"
    with pytest.raises(TypeError, match="cannot be changed"):
        entry.save()
    with pytest.raises(TypeError, match="cannot be deleted"):
        entry.delete()
