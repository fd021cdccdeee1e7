from django.db import migrations

from common.db import append_only


class Migration(migrations.Migration):
    """People agreed to these words, so nobody changes them afterwards."""

    dependencies = [("accounts", "0002_one_open_invitation")]

    operations = [append_only("accounts_termsversion", message="published terms never change")]
