-- Who is scored. The data have no dates: all applications are put on one day.
SELECT
    SK_ID_CURR,
    TIMESTAMP '2018-01-01' AS event_time
FROM application
