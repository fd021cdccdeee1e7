from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_licence_acceptance")]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="resumed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="resumed"),
        ),
    ]
