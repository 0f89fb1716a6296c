-- Trouble to pay, as the table says it; known at once, since nothing says when.
SELECT
    SK_ID_CURR,
    TIMESTAMP '2018-01-01' AS event_time,
    TARGET AS label
FROM application
