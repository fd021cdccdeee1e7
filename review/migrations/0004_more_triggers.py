"""What the database refuses of the new tables, whoever asks: rewriting an opinion, an answer; judging one's own."""

import importlib

from django.db import migrations

from common.db import VendorSQL, append_only

triggers = importlib.import_module("review.migrations.0002_immutable_triggers")

OPINION_FINAL = "An assessment is immutable."
ANSWER_FINAL = "An answer is immutable."
OTHER_PERSON = "An appeal is decided by somebody who took no part in what it is about."

TOOK_PART = """
    SELECT 1 FROM review_appeal a JOIN review_decision d ON d.id = a.decision_id
    WHERE a.case_id = NEW.case_id
      AND (d.reviewer_id = NEW.reviewer_id OR EXISTS (
          SELECT 1 FROM review_assessment o WHERE o.case_id = d.case_id AND o.reviewer_id = NEW.reviewer_id))
"""

TABLES = ("review_decision", "review_assessment")


class Migration(migrations.Migration):
    dependencies = [("review", "0003_full_strength")]

    operations = [
        append_only("review_assessment", message=OPINION_FINAL),
        append_only("review_answer", message=ANSWER_FINAL),
        append_only("review_calibrationanswer", message=ANSWER_FINAL),
        VendorSQL(
            postgresql=[
                "CREATE TRIGGER review_assessment_not_own_work BEFORE INSERT ON review_assessment "
                "FOR EACH ROW EXECUTE FUNCTION review_not_own_work()",
                triggers.postgresql_function("review_other_person", f"EXISTS ({TOOK_PART})", OTHER_PERSON, "NEW"),
                *(
                    f"CREATE TRIGGER {table}_other_person BEFORE INSERT ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION review_other_person()"
                    for table in TABLES
                ),
            ],
            sqlite=[
                triggers.sqlite_abort(
                    "review_assessment_not_own_work",
                    "INSERT",
                    "review_assessment",
                    f"EXISTS ({triggers.OWNER_OF_NEW})",
                    triggers.OWN_WORK,
                ),
                *(
                    triggers.sqlite_abort(
                        f"{table}_other_person", "INSERT", table, f"EXISTS ({TOOK_PART})", OTHER_PERSON
                    )
                    for table in TABLES
                ),
            ],
        ),
    ]
