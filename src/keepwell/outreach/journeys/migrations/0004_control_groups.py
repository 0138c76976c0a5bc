from django.db import migrations

APPROVED = ("approved", "on", "finishing", "retired")


def none_for_those_approved(apps, schema_editor):
    """What was approved before there was a control keeps nobody back; drafts have the usual share."""
    versions = apps.get_model("journeys", "JourneyVersion")
    for row in versions.objects.filter(status__in=APPROVED).iterator():
        if "control" not in row.definition:
            row.definition = {**row.definition, "control": 0.0}
            row.save(update_fields=["definition"])


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0003_festival_name'),
    ]

    operations = [
        migrations.RunPython(none_for_those_approved, migrations.RunPython.noop),
    ]
