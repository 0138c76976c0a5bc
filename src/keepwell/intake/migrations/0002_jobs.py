"""Imports and cycles asked for in the browser, and mappings that are remembered."""

from django.db import migrations, models

TASKS = [("check", "check"), ("import", "import"), ("cycle", "cycle")]
STATUSES = [
    ("draft", "draft"),
    ("waiting", "waiting"),
    ("running", "running"),
    ("done", "done"),
    ("failed", "failed"),
    ("discarded", "discarded"),
]


class Migration(migrations.Migration):
    """Second."""

    dependencies = [("intake", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(choices=TASKS, max_length=10)),
                ("status", models.CharField(choices=STATUSES, max_length=10)),
                ("actor", models.CharField(max_length=150)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("folder", models.CharField(blank=True, default="", max_length=60)),
                ("files", models.JSONField(default=list)),
                ("options", models.JSONField(default=dict)),
                ("progress", models.JSONField(default=dict)),
                ("report", models.JSONField(default=dict)),
                ("quarantine", models.JSONField(default=list)),
                ("error", models.TextField(blank=True, default="")),
                ("holder", models.CharField(blank=True, default="", max_length=80)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["status"], name="intake_job_status")],
            },
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("columns_mark", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("mapping", models.JSONField()),
                ("file_name", models.CharField(max_length=255)),
                ("saved_by", models.CharField(max_length=150)),
                ("saved_at", models.DateTimeField()),
            ],
        ),
    ]
