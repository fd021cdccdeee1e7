"""Each reason code says which category of the DSA's Transparency Database it belongs to.

Codes of policies in force keep the one for all the rest, as their statements have said it: nobody rewrites a policy in
force, and the next version can say more.
"""

from django.db import migrations, models

from common.db import KeepingTriggers

OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
CATEGORIES = [
    ("STATEMENT_CATEGORY_ANIMAL_WELFARE", "Animal welfare"),
    ("STATEMENT_CATEGORY_CONSUMER_INFORMATION", "Consumer information infringements"),
    ("STATEMENT_CATEGORY_CYBER_VIOLENCE", "Cyber violence"),
    ("STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN", "Cyber violence against women"),
    ("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Data protection and privacy violations"),
    ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "Illegal or harmful speech"),
    ("STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Intellectual property infringements"),
    (
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "Negative effects on civic discourse or elections",
    ),
    ("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Other violation of the provider's terms and conditions"),
    ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Protection of minors"),
    ("STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Risk for public security"),
    ("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Scams and fraud"),
    ("STATEMENT_CATEGORY_SELF_HARM", "Self-harm"),
    ("STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", "Unsafe and prohibited products"),
    ("STATEMENT_CATEGORY_VIOLENCE", "Violence"),
]


class Migration(migrations.Migration):
    dependencies = [("review", "0005_direct_takedowns")]

    operations = [
        KeepingTriggers(
            migrations.AddField(
                model_name="reasoncode",
                name="category",
                field=models.CharField(
                    choices=CATEGORIES,
                    db_default=OTHER,
                    default=OTHER,
                    max_length=80,
                    verbose_name="category in the Transparency Database",
                ),
            ),
            migrations.AddConstraint(
                model_name="reasoncode",
                constraint=models.CheckConstraint(
                    condition=models.Q(category__in=[name for name, _label in CATEGORIES]), name="reason_category"
                ),
            ),
        ),
    ]
