from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_drawing")]

    operations = [
        migrations.AddField(
            model_name="festivalday",
            name="name",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
    ]
