-- The price asked, known at once. Where it is cut into classes is learned on the training rows.
SELECT
    "Unnamed: 0",
    TIMESTAMP '2023-09-01' AS event_time,
    "Fiyat" AS label
FROM listings
