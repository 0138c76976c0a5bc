"""Every score gets the number of its facet, so that one index answers any filter in its order."""

from django.db import migrations, models

CLASSES = (
    "status",
    "tier",
    "risk_level",
    "life_stage",
    "communication_group",
    "rfm_segment",
    "reason",
    "action",
    "hints",
)


def number(apps, schema_editor):
    """Number the facets of each cycle, and write the numbers to its scores, some seconds for a million.

    Rows of a cycle that was broken off have no facets: they go, and the cycle inserts them again.
    """
    Facet = apps.get_model("insight", "Facet")
    Facet.objects.update(number=models.F("id"))
    same = " AND ".join(f"f.{name} = insight_score.{name}" for name in CLASSES)
    columns = ", ".join(("cycle_id", *CLASSES))
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DELETE FROM insight_score WHERE cycle_id NOT IN (SELECT cycle_id FROM insight_facet)")
        # Without it each score would be compared with every facet.
        cursor.execute(f"CREATE INDEX insight_facet_classes ON insight_facet ({columns})")
        cursor.execute(
            "UPDATE insight_score SET facet_number = f.number FROM insight_facet f "  # noqa: S608
            f"WHERE f.cycle_id = insight_score.cycle_id AND {same}"
        )
        cursor.execute("DROP INDEX insight_facet_classes")


class Migration(migrations.Migration):
    dependencies = [("insight", "0002_segments")]

    operations = [
        migrations.AddField("facet", "number", models.PositiveIntegerField(default=0)),
        migrations.AddField("score", "facet_number", models.PositiveIntegerField(null=True)),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
