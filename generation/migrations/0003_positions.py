from django.db import migrations, models


def each_take_in_its_place(apps, schema_editor):
    """What waits keeps its order: the place is the take's number until its artist moves it."""
    apps.get_model("generation", "Generation").objects.update(position=models.F("take"))


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_full_strength")]

    operations = [migrations.RunPython(each_take_in_its_place, migrations.RunPython.noop, elidable=True)]
