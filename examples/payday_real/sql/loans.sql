-- Who is scored, and when: every loan, on the first day of the year in which it was asked for.
SELECT
    row,
    make_timestamp(applicationYear, 1, 1, 0, 0, 0) AS event_time
FROM loans
