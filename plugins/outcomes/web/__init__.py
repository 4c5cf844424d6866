"""What a person meets in Airflow: the pages, and the calendar by which a month becomes an edition.

Owns the pages, who sees what of them, and the timetable of reporting months. Promises that nobody sees a page without being
signed in, and that a page shows what the ledger and the publications say, no more. Never reaches the lake.
"""
