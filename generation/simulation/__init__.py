"""A day of the queue in a minute: the scheduling rule of generation/fairness.py at sizes that no test machine reaches.

It lives beside the rule and not among the tests, because an operator plans with it: `manage.py simulate_queue` answers
"how long would my artists wait with so many GPUs", with the constants of the installed version. It works without a
database, so the rule is here a second time, in plain Python; what keeps the two one:

    rule.py      says the order as fairness.py says it, readably and slowly; a property test holds it equal to the SQL
    lines.py     keeps the same order in heaps, so that a claim costs microseconds; a property test holds it to rule.py
    scenario.py  who comes, with what, to how many GPUs
    world.py     SimPy: artists, GPUs, failures, over a day
    report.py    waits by cohort, utilisation, starvation, fairness, as Markdown; chart.py draws
"""
