-- Bad or good, where it is settled.
SELECT
    row,
    make_timestamp(applicationYear, 1, 1, 0, 0, 0) AS event_time,
    CAST(adverse_outcome AS INTEGER) AS label
FROM loans
WHERE adverse_outcome IS NOT NULL
